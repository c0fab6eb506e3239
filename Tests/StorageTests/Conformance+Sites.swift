import Domain
import Testing

@testable import Storage

/// What the meters at sites' boundaries measured: once, the first of two, for its tenant only.
extension Conformance {
    static func siteMeters(_ store: Store) async throws {
        func row(_ second: Int, _ watts: Int, at received: Int = 90_000, site: SiteID = "s1") -> SiteMeterRow {
            SiteMeterRow(
                site: site, at: Instant(seconds: second), seconds: 900, watts: watts,
                receivedAt: Instant(seconds: received))
        }
        let rows = [row(70_000, 5_000), row(70_900, -6_000)]
        #expect(try await store.keep(rows, tenant: acme) == .init(stored: 2, doubled: 0, differing: 0))
        let again = try await store.keep(rows + [row(71_800, 1)], tenant: acme)
        #expect(again == .init(stored: 1, doubled: 2, differing: 0))
        // A week late and another value: the first stands.
        let late = [row(70_000, 9_999, at: 700_000), row(72_700, 2, at: 700_000)]
        #expect(try await store.keep(late, tenant: acme) == .init(stored: 1, doubled: 1, differing: 1))
        let span = MarketInterval(start: Instant(seconds: 70_500), end: Instant(seconds: 71_800))
        #expect(try await store.siteMeterRows(tenant: acme, in: span) == rows, "the row that it begins in, too")
        let all = MarketInterval(start: Instant(seconds: 70_000), end: Instant(seconds: 80_000))
        #expect(try await store.siteMeterRows(tenant: acme, in: all).map(\.watts) == [5_000, -6_000, 1, 2])
        #expect(try await store.siteMeterRows(tenant: other, in: all).isEmpty)
        let unknown = await #expect(throws: StorageError.self) {
            try await store.keep([row(80_000, 1), row(80_000, 1, site: "nowhere")], tenant: acme)
        }
        #expect(unknown?.message.contains("nowhere is no site of acme: enrol it first") == true)
        #expect(try await store.siteMeterRows(tenant: acme, in: all).count == 4, "nothing of it is kept")
        let refused = await #expect(throws: StorageError.self) {
            try await store.database.transaction(as: .service) { try $0.execute("DELETE FROM site_meters", []) }
        }
        #expect(refused?.code == .constraint)
    }
}
