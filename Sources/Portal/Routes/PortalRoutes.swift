import Domain
import Engine
import HTTPTypes
package import Hummingbird
import Storage

/// Everything that the portal serves. One value serves several ports: sessions and listeners are shared.
package struct PortalRoutes: Sendable {
    let dependencies: PortalDependencies
    let configuration: PortalConfiguration
    let sessions: SessionStore
    let guarding = LoginGuard()
    let feed: LiveFeed
    let sites = KnownSites()

    package init(
        _ dependencies: PortalDependencies,
        configuration: PortalConfiguration = PortalConfiguration()
    ) {
        self.dependencies = dependencies
        self.configuration = configuration
        self.sessions = SessionStore()
        self.feed = LiveFeed(limit: configuration.listeners)
    }

    /// Adds routes and middleware.
    /// - Parameter secure: whether the port speaks TLS: its cookies never travel without.
    package func add(to router: Router<PortalContext>, secure: Bool = false) {
        router.add(middleware: ErrorMiddleware(logger: self.dependencies.logger))
        router.add(middleware: SessionMiddleware(sessions: self.sessions, now: self.dependencies.now))
        router.get("/healthz") { _, _ in Response.text("ok\n", type: "text/plain; charset=utf-8") }
        router.get("/style.css") { _, _ in
            Response.text(Assets.style, type: "text/css; charset=utf-8")
        }
        router.get("/live.js") { _, _ in
            Response.text(Assets.script, type: "text/javascript; charset=utf-8")
        }
        self.addSessionRoutes(to: router, secure: secure)
        self.addPages(to: router)
        self.addControl(to: router)
        self.addAPI(to: router)
        self.addSiteLoad(to: router)
        self.addBidPlan(to: router)
        self.addCharging(to: router)
    }

    /// The engine's figures, for users of the tenant whose resources it runs; nil for others.
    func snapshot(for user: SignedIn) -> EngineSnapshot? {
        user.tenant == self.dependencies.tenant.rawValue ? self.dependencies.snapshot() : nil
    }
}
