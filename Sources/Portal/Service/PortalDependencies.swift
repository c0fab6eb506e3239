package import Domain
package import Engine
package import Logging
import Runtime
package import Storage

/// What the portal is given: where figures come from and where orders go.
package struct PortalDependencies: Sendable {
    /// The engine's latest published state.
    package var snapshot: @Sendable () -> EngineSnapshot
    package var store: Store
    /// The tenant whose resources the engine runs: others see no figures of it.
    package var tenant: TenantID
    package var zone: ZoneID
    /// Hands events to the engine, all or none; false: it takes no more now.
    package var post: @Sendable ([Event]) -> Bool
    package var logger: Logger
    /// UTC now.
    package var now: @Sendable () -> Instant

    package init(
        snapshot: @escaping @Sendable () -> EngineSnapshot, store: Store, tenant: TenantID,
        zone: ZoneID, post: @escaping @Sendable ([Event]) -> Bool, logger: Logger,
        now: @escaping @Sendable () -> Instant = { WallClock.now() }
    ) {
        self.snapshot = snapshot
        self.store = store
        self.tenant = tenant
        self.zone = zone
        self.post = post
        self.logger = logger
        self.now = now
    }
}
