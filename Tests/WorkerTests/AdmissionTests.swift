import Domain
import Foundation
import Logging
import OCPP
import TestSupport
import Testing

@testable import Worker

/// Who may charge and which stations may work, as the depot lists them.
@Suite struct AdmissionTests {
    private static let now = Instant(seconds: 1_795_464_000)
    private static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appending(path: "lists-\(UUID().uuidString)")
        init() { try? FileManager.default.createDirectory(at: self.path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(at: self.path) }
        func write(_ text: String, _ name: String) throws -> String {
            let file = self.path.appending(path: name)
            try Data(text.utf8).write(to: file)
            return file.path
        }
    }

    private let folder = Folder()
    private static let tokens = """
        token,status,group
        GOOD,Accepted,FAMILY
        PARTNER,Accepted,FAMILY
        POLICE,Accepted,MASTERPASS
        OLD,Expired,
        STOLEN,Blocked,FAMILY
        *,Unknown,

        """

    private func link(_ version: OCPPVersion, _ lists: AdmissionLists) -> StationLink {
        var policy = StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(77) })
        policy.verdict = { token, _ in lists.verdict(of: token) }
        policy.boot = { lists.boot(of: $0) }
        return StationLink(
            station: "CP1", version: version, configuration: LinkConfiguration(), record: StationRecord(), salt: 1,
            policy: policy)
    }

    /// The payload of the answer to one call of a station, or the code of its CALLERROR.
    private func answer(
        _ link: inout StationLink, _ action: String, _ payload: String
    ) throws -> (payload: [String: Any]?, code: String?) {
        let id = "\(UInt32.random(in: 0 ... .max))"
        var outputs = link.receive(Array(#"[2,"\#(id)","\#(action)",\#(payload)]"#.utf8), at: Self.now)
        for _ in 0..<4 {
            for output in outputs {
                switch output {
                case .facts(_, let ticket?): outputs += link.acknowledged(ticket, at: Self.now)
                case .wantsTransactionID(_, let ticket): outputs += link.issued(77, for: ticket, at: Self.now)
                default: break
                }
            }
        }
        for case .send(let bytes) in outputs {
            let frame = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [Any])
            if frame[0] as? Int == 3 { return (frame[2] as? [String: Any], nil) }
            if frame[0] as? Int == 4 { return (nil, frame[2] as? String) }
        }
        return (nil, nil)
    }

    private func facts(_ outputs: [LinkOutput]) -> [StationFact] {
        outputs.flatMap { output -> [StationFact] in
            guard case .facts(let facts, _) = output else { return [] }
            return facts
        }
    }

    private static let verdicts: [(token: String, status: String, status16: String, group: String?)] = [
        ("GOOD", "Accepted", "Accepted", "FAMILY"), ("OLD", "Expired", "Expired", nil),
        ("STOLEN", "Blocked", "Blocked", "FAMILY"), ("STRANGER", "Unknown", "Invalid", nil),
        ("POLICE", "Accepted", "Accepted", "MASTERPASS"),
    ]

    /// TC_C_06, TC_C_07 (C01.FR.07), TC_C_39, TC_C_40, TC_C_43 (C09.FR.02, C09.FR.03), TC_C_47 to TC_C_49
    /// (C16.FR.01, C16.FR.02): the answer has the token's status and group, so that the station lets its group, or the
    /// master pass, end what runs.
    @Test(arguments: [OCPPVersion.v201, .v21]) func tokensOf2(_ version: OCPPVersion) throws {
        let lists = try AdmissionLists(tokens: self.folder.write(Self.tokens, "tokens.csv"), boots: nil)
        for row in Self.verdicts {
            var link = self.link(version, lists)
            let token = #"{"idToken":"\#(row.token)","type":"ISO14443"}"#
            let start =
                #"{"eventType":"Started","timestamp":"2026-11-23T20:00:00Z","triggerReason":"Authorized","seqNo":0,"#
                + #""transactionInfo":{"transactionId":"T1"},"evse":{"id":1},"idToken":\#(token)}"#
            for (action, payload) in [("Authorize", #"{"idToken":\#(token)}"#), ("TransactionEvent", start)] {
                let info = try self.answer(&link, action, payload).payload?["idTokenInfo"] as? [String: Any]
                #expect(info?["status"] as? String == row.status, "\(action) \(row)")
                let group = info?["groupIdToken"] as? [String: Any]
                #expect(group?["idToken"] as? String == row.group, "\(action) \(row)")
            }
            #expect(link.record.transactions.isEmpty == (row.status != "Accepted"), "\(row)")
        }
    }

    /// TC_023_1 to TC_023_3 of 1.6.
    @Test func tokensOf16() throws {
        let lists = try AdmissionLists(tokens: self.folder.write(Self.tokens, "tokens.csv"), boots: nil)
        for row in Self.verdicts {
            var link = self.link(.v16, lists)
            let start =
                #"{"connectorId":1,"idTag":"\#(row.token)","meterStart":1,"timestamp":"2026-11-23T20:00:00Z"}"#
            let calls = [("Authorize", #"{"idTag":"\#(row.token)"}"#), ("StartTransaction", start)]
            for (action, payload) in calls {
                let info = try self.answer(&link, action, payload).payload?["idTagInfo"] as? [String: Any]
                #expect(info?["status"] as? String == row.status16, "\(action) \(row)")
                #expect(info?["parentIdTag"] as? String == row.group, "\(action) \(row)")
            }
            #expect(link.record.transactions.isEmpty == (row.status16 != "Accepted"), "\(row)")
        }
    }

    private static let boots: [(version: OCPPVersion, payload: String)] = [
        (.v16, #"{"chargePointVendor":"V","chargePointModel":"M"}"#),
        (.v201, #"{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}"#),
        (.v21, #"{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}"#),
    ]

    /// TC_B_02 (B02.FR.01, B02.FR.06) and TC_B_30 (B02.FR.09, B03.FR.07): held back, a station is set up, is told
    /// SecurityError for everything else, is nobody's to dispatch, and is released by its next boot.
    @Test func aStationIsHeldBack() throws {
        for (version, boot) in Self.boots {
            let file = try self.folder.write("station_id,status\nCP1,Pending\n", "boots.csv")
            let lists = try AdmissionLists(tokens: nil, boots: file)
            var link = self.link(version, lists)
            #expect(self.facts(link.opened(at: Self.now)).isEmpty, "nobody hears of it")
            let pending = try self.answer(&link, "BootNotification", boot).payload
            #expect(pending?["status"] as? String == "Pending" && pending?["interval"] as? Int == 60)
            #expect(!link.session.isFree, "it is asked what it can do")
            #expect(try self.answer(&link, "Heartbeat", "{}").code == "SecurityError", "\(version)")
            let order = StationOrder(
                station: "CP1", evse: 1, command: .setpoint(Power(watts: 5_000), validFor: .seconds(30)), trace: .none)
            guard case .answered(let refused) = link.order(order, at: Self.now).first else {
                Issue.record("no answer")
                return
            }
            #expect(refused.outcome == .rejected(reason: "NotAccepted"))
            if version != .v16 {
                let report =
                    #"{"requestId":1,"generatedAt":"2026-11-23T20:00:00Z","seqNo":0,"reportData":["#
                    + #"{"component":{"name":"EVSE","evse":{"id":1}},"variable":{"name":"Power"},"#
                    + #""variableAttribute":[{"value":"11000"}]}]}"#
                let outputs = link.receive(Array(#"[2,"r","NotifyReport",\#(report)]"#.utf8), at: Self.now)
                #expect(self.facts(outputs).isEmpty)
                #expect(
                    outputs.contains { if case .send(let bytes) = $0 { bytes.starts(with: "[3,".utf8) } else { false } }
                )
            }
            _ = try self.folder.write("station_id,status\nCP1,Accepted\n", "boots.csv")
            lists.reload(Self.quiet)
            var heard: [StationFact] = []
            for case .facts(let facts, _) in link.receive(
                Array(#"[2,"b","BootNotification",\#(boot)]"#.utf8), at: Self.now)
            { heard += facts }
            #expect(heard.first == .connected(version: version.number), "\(version): \(heard)")
            #expect(heard.contains { if case .booted = $0 { true } else { false } })
            #expect(try self.answer(&link, "Heartbeat", "{}").payload != nil)
        }
    }

    /// A station that works and is held back at its next boot is gone for everybody; Rejected, it is not even asked.
    @Test func aStationThatWorksIsHeldBackAtItsNextBoot() throws {
        let file = try self.folder.write("station_id,status\n*,Accepted\n", "boots.csv")
        let lists = try AdmissionLists(tokens: nil, boots: file)
        var link = self.link(.v21, lists)
        #expect(self.facts(link.opened(at: Self.now)) == [.connected(version: "2.1")])
        _ = try self.folder.write("station_id,status\n*,Rejected\n", "boots.csv")
        lists.reload(Self.quiet)
        let outputs = link.receive(Array(#"[2,"b","BootNotification",\#(Self.boots[2].payload)]"#.utf8), at: Self.now)
        #expect(self.facts(outputs) == [.disconnected])
        #expect(link.session.isFree, "nothing is said to it")
    }

    /// A list that cannot be read is refused at the start with its line, and later changes nothing.
    @Test func brokenLists() throws {
        let rows = [
            ("token,status\nA,Accepted,\n", "first line"), ("token,status,group\nA,Fine,\n", ":2:"),
            ("token,status,group\nA,Accepted,\nA,Blocked,\n", "twice"),
            ("token,status,group\nA,Accepted,\(String(repeating: "x", count: 21))\n", ":2:"),
        ]
        for (text, word) in rows {
            let file = try self.folder.write(text, "tokens.csv")
            do throws(OCPPServerError) {
                _ = try AdmissionLists(tokens: file, boots: nil)
                Issue.record("\(text) was read")
            } catch {
                #expect(error.message.contains(word), "\(error.message)")
            }
        }
        #expect(throws: OCPPServerError.self) { _ = try AdmissionLists(tokens: "/nowhere/tokens.csv", boots: nil) }
        let file = try self.folder.write("token,status,group\nA,Blocked,\n", "tokens.csv")
        let lists = try AdmissionLists(tokens: file, boots: nil)
        #expect(lists.verdict(of: "A").status == .blocked && lists.verdict(of: "B") == .accepted)
        _ = try self.folder.write("nonsense", "tokens.csv")
        lists.reload(Self.quiet)
        #expect(lists.verdict(of: "A").status == .blocked, "the old list stays")
        try FileManager.default.removeItem(atPath: file)
        lists.reload(Self.quiet)
        #expect(lists.verdict(of: "A").status == .blocked)
    }
}
