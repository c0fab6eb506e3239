import Aggregator
import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Portal
import ServiceLifecycle
import Storage

extension AggregatorProcess {
    /// The aggregator's own HTTP side: live figures, and the webhook that the VTN calls.
    static func pages(
        _ configuration: AggregatorConfiguration, service: EngineService, store: Store, ven: VENService?,
        logger: Logger
    ) throws -> [any Service] {
        guard let pages = configuration.portal else { return [] }
        let router = Router(context: BasicRequestContext.self)
        ven?.addRoutes(to: router)
        if pages.openLive {
            router.get("/api/v1/live") { _, _ in
                let body = try JSONEncoder().encode(liveFigures(service.snapshot))
                return Response(
                    status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
                    body: .init(byteBuffer: ByteBuffer(bytes: body)))
            }
        }
        return [
            Application(
                router: router, configuration: .init(address: .hostname(pages.host, port: pages.port)), logger: logger)
        ]
    }
}

/// The engine's snapshot as the live view's figures.
func liveFigures(_ snapshot: EngineSnapshot) -> LiveFigures {
    func sum(_ path: KeyPath<EngineSnapshot.Resource, Power>) -> Int {
        snapshot.resources.reduce(0) { $0 + $1[keyPath: path].watts }
    }
    let requested = snapshot.results.reduce(Energy.zero) { $0 + $1.requested }
    let delivered = snapshot.results.reduce(Energy.zero) { $0 + $1.delivered }
    let paid = snapshot.results.reduce(Money.zero(snapshot.currency)) {
        $0 + $1.availabilityPayment + $1.energyPayment
    }
    return LiveFigures(
        at: snapshot.at.microseconds / 1_000, frequencyMilliHertz: snapshot.frequencyMilliHertz,
        requestedWatts: sum(\.requested), deliveredWatts: sum(\.delivered), meteredWatts: sum(\.metered),
        baselineWatts: sum(\.baseline), headroomUpWatts: sum(\.headroomUp), headroomDownWatts: sum(\.headroomDown),
        awardedUpWatts: sum(\.awardedUp), vehiclesPlugged: snapshot.plugged, vehiclesReady: snapshot.ready,
        vehiclesAtRisk: snapshot.atRisk, vehiclesDischarging: snapshot.discharging,
        workersConnected: snapshot.workersConnected, promisesBroken: snapshot.promisesBroken,
        energyConserved: snapshot.energyConserved, ledgerBalanced: snapshot.ledgerBalanced,
        blocksSettled: snapshot.results.count,
        performance: requested.wattSeconds > 0 ? delivered.wattSeconds * 10_000 / requested.wattSeconds : nil,
        requestedWattHours: requested.wattHours, deliveredWattHours: delivered.wattHours, earned: paid.decimal,
        currency: snapshot.currency.rawValue)
}
