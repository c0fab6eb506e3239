import Domain
import Foundation
import Storage
import TestSupport
import Testing

/// `headroom audit`: who decided over what was moved, as a spreadsheet and as JSON.
@Suite(.wantsHeadroom, .ownThreads) struct AuditCommandTests {
    @Test func everyDecisionOfAMonthIsALine() async throws {
        try await Program.withHeadroom { headroom, folder in
            let url = "sqlite:\(folder.path)/h.db"
            let store = Store(database: try await DatabaseURL(url).open())
            try await store.enrol(
                [.owner(OwnerTerms(id: "o", tenant: "t", name: "O"))], zone: "z", at: Instant(seconds: 1))
            func record(_ owner: OwnerID?, _ second: Int, source: String) -> Record {
                .override(
                    OverrideRecord(
                        kind: .limit, at: Instant(seconds: 1_795_694_400 + second), isOver: false, source: source,
                        vehicle: nil, owner: owner, station: "cp,1", evse: 2,
                        before: "charge 22000 W, discharge 9000 W",
                        after: "charge 6000 W, discharge 0 W"), tenant: "t", region: "r")
            }
            try await store.apply(
                [
                    record("o", 0, source: "EMS"), record(nil, 60, source: "=SO\""),
                    record("o", -40 * 86_400, source: "old"),
                ],
                zone: "z", epoch: nil, source: "test", upTo: 3)
            await store.database.close()
            let all = try Program.run(headroom, ["audit", "--period", "2026-11", "--database", url])
            #expect(all.status == 0, "\(all.errors)")
            let lines = all.output.split(separator: "\n")
            #expect(lines.count == 3 && lines.first == "at,kind,over,by,vehicle,owner,station,evse,before,after")
            #expect(lines[1].hasPrefix("2026-11-26T12:00:00Z,limit,no,EMS,,o,\"cp,1\",2,\"charge 22000 W"))
            #expect(lines[2].contains(",\"'=SO\"\"\",,,"), "no formula for a spreadsheet: \(lines[2])")
            let own = try Program.run(
                headroom, ["audit", "--period", "2026-11", "--database", url, "--owner", "o", "--format", "json"])
            struct Answer: Decodable { var overrides: [OverrideRecord] }
            let answer = try JSONDecoder().decode(Answer.self, from: Data(own.output.utf8))
            #expect(answer.overrides.map(\.source) == ["EMS"])
            let wrong = try Program.run(headroom, ["audit", "--period", "November", "--database", url])
            #expect(wrong.status == 2 && wrong.errors.contains("--period"), "\(wrong.errors)")
        }
    }
}
