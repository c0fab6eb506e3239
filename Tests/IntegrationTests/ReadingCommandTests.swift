import Foundation
import TestSupport
import Testing

/// Commands that only read: what is not there is named in one line, and is not made.
@Suite(.wantsHeadroom, .ownThreads) struct ReadingCommandTests {
    private func names(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
    }

    @Test func theBooksOfADatabaseThatIsNotThere() async throws {
        try await Program.withHeadroom { headroom, folder in
            let database = ["--database", "sqlite:\(folder.path)/none.db"]
            for command in [["ledger", "verify"], ["report", "--owner", "o", "--period", "2026-11"]] {
                let outcome = try Program.run(headroom, command + database)
                #expect(outcome.status == 1 && outcome.errors.contains("no database at"), "\(outcome.errors)")
            }
            #expect(try self.names(folder).isEmpty)
        }
    }

    @Test func aJournalThatIsNotThere() async throws {
        try await Program.withHeadroom { headroom, folder in
            for path in [folder.path, folder.path + "/none"] {
                let outcome = try Program.run(headroom, ["replay", path])
                #expect(outcome.status == 1 && outcome.errors.contains("no journal at"), "\(outcome.errors)")
            }
            #expect(try self.names(folder).isEmpty)
        }
    }

    /// The tenant may be left out where there is only one; nothing and several are told apart.
    @Test func theOnlyTenantNeedsNoName() async throws {
        try await Program.withHeadroom { headroom, folder in
            let database = ["--database", "sqlite:\(folder.path)/h.db"]
            #expect(try Program.run(headroom, ["migrate"] + database).status == 0)
            let none = try Program.run(headroom, ["ledger", "verify"] + database)
            #expect(none.status == 1 && none.errors.contains("enrol a fleet first"), "\(none.errors)")
            for tenant in ["first", "second"] {
                let fleet = folder.appending(path: tenant)
                try FileManager.default.createDirectory(at: fleet, withIntermediateDirectories: true)
                try "owner,tenant,name\no-\(tenant),\(tenant),Owner\n".write(
                    to: fleet.appending(path: "owners.csv"), atomically: true, encoding: .utf8)
                let enrolled = try Program.run(headroom, ["enrol", fleet.path, "--zone", "z"] + database)
                #expect(enrolled.status == 0, "\(enrolled.errors)")
                let books = try Program.run(headroom, ["ledger", "verify"] + database)
                if tenant == "first" {
                    #expect(books.status == 0 && books.output.contains("0 findings"), "\(books.errors)")
                } else {
                    #expect(books.status == 2 && books.errors.contains("first, second"), "\(books.errors)")
                }
            }
        }
    }
}
