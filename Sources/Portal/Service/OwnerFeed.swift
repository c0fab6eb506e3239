import Domain
import Logging
import NIOCore

/// What one fleet owner's page hears each second: the tiles of ``OwnerPage`` and nothing of anybody else. Cars are as
/// the engine sees them now; money and enrolment are read from the database once in ``period``.
struct OwnerFeed: Sendable {
    static let period = TimeSpan.seconds(10)

    let routes: PortalRoutes
    let user: SignedIn
    let owner: OwnerID
    private var books: OwnerBooks?
    private var readAt = Instant.distantPast

    init(routes: PortalRoutes, user: SignedIn, owner: OwnerID) {
        self.routes = routes
        self.user = user
        self.owner = owner
    }

    /// The event of a second. While the database is away the last books stand; before the first there is nothing to say.
    mutating func event(at now: Instant) async throws -> ByteBuffer {
        if now - self.readAt >= Self.period {
            self.readAt = now
            do {
                self.books = try await self.routes.ownerBooks(self.user, self.owner)
            } catch {
                self.routes.dependencies.logger.warning(
                    "portal: no figures of an owner from the database", metadata: ["error": "\(error)"])
            }
        }
        guard let books = self.books else { return ByteBuffer(string: ": the database is away\n\n") }
        let rows = self.routes.ownerRows(books, self.owner)
        return try LiveFeed.framed(OwnerPage.values(books, vehicles: rows), plot: nil)
    }
}
