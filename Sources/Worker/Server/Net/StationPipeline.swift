import Domain
import NIOCore
import NIOHTTP1
import NIOWebSocket
import OCPP

/// From a TCP connection to a station's handler.
enum StationPipeline {
    /// What the handshake found out, on its way to the handler.
    private struct Arrival {
        var station: StationID
        var version: OCPPVersion?
        var old: StationDirectory.Seat?
        var isDuplicate = false
        var inherited: StationRecord?
    }

    static func configure(_ channel: any Channel, shared: ServerShared) throws {
        let loop = channel.eventLoop
        let timeout = TimeAmount.microseconds(
            Int64(shared.configuration.handshakeTimeout.microseconds))
        let handshakeGuard = HandshakeGuard(timeout: timeout)
        let refusal = RefusalHandler { head in
            switch Admission.decide(head, secrets: shared.secrets) {
            case .refused(let status, let reason):
                shared.meters.refused(String(status.code))
                return (status, reason)
            case .admitted:
                shared.meters.refused("426")
                return (.upgradeRequired, "connect by WebSocket, version 13")
            }
        }
        let arrival = NIOLoopBoundBox<Arrival?>(nil, eventLoop: loop)
        let boundGuard = NIOLoopBound(handshakeGuard, eventLoop: loop)
        let boundRefusal = NIOLoopBound(refusal, eventLoop: loop)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: MessageAssembler.mostBytes, automaticErrorHandling: true,
            shouldUpgrade: { channel, head in
                Self.admit(head, on: channel, shared: shared, arrival: arrival)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    guard let found = arrival.value else { return }
                    let pipeline = channel.pipeline.syncOperations
                    pipeline.removeHandler(boundGuard.value, promise: nil)
                    pipeline.removeHandler(boundRefusal.value, promise: nil)
                    try pipeline.addHandler(
                        StationHandler(
                            station: found.station, version: found.version, shared: shared,
                            replacing: found.old, isDuplicate: found.isDuplicate,
                            inherited: found.inherited))
                }
            })
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(handshakeGuard)
        try pipeline.configureHTTPServerPipeline(
            withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }),
            withErrorHandling: true)
        try pipeline.addHandler(refusal)
    }

    /// Headers of the upgrade, or nil to have the request refused.
    private static func admit(
        _ head: HTTPRequestHead, on channel: any Channel, shared: ServerShared,
        arrival: NIOLoopBoundBox<Arrival?>
    ) -> EventLoopFuture<HTTPHeaders?> {
        guard
            case .admitted(let station, let version) = Admission.decide(
                head, secrets: shared.secrets)
        else { return channel.eventLoop.makeSucceededFuture(nil) }
        var headers = HTTPHeaders()
        if let version { headers.add(name: "sec-websocket-protocol", value: version.rawValue) }
        arrival.value = Arrival(station: station, version: version)
        let answer = headers
        guard version != nil, let old = shared.directory.seat(of: station) else {
            return channel.eventLoop.makeSucceededFuture(answer)
        }
        // Authenticated, but somebody sits there: whoever lives stays.
        let promise = channel.eventLoop.makePromise(of: StationHandler.Probe.self)
        old.eventLoop.execute { old.handler.value.probe(promise) }
        return promise.futureResult.map { probe in
            arrival.value?.old = old
            arrival.value?.isDuplicate = probe.isAlive
            arrival.value?.inherited = probe.record
            return answer
        }
    }
}
