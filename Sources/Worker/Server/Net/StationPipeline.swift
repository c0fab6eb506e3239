import Domain
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import OCPP
import Runtime

/// From a TCP connection to a station's handler: how often the address comes → deadline → TLS → request →
/// authentication → arbitration → upgrade.
enum StationPipeline {
    /// What the handshake found out, on its way to the handler.
    struct Arrival {
        var station: StationID
        var version: OCPPVersion?
        var deflate: DeflateTerms?
        var old: StationDirectory.Seat?
        var isDuplicate = false
        var inherited: StationRecord?
    }

    static func configure(
        _ channel: any Channel, shared: ServerShared, listener: OCPPListener, tls: ListenerTLS?
    ) throws {
        let address = channel.remoteAddress?.bucketKey ?? "local"
        guard self.mayOpen(channel, from: address, shared: shared) else { return channel.close(promise: nil) }
        let pipeline = channel.pipeline.syncOperations
        if let tls {
            try pipeline.addHandler(
                TLSChooser(tls) {
                    shared.meters.refused("tls")
                    shared.complain(
                        "a connection was refused", "no TLS on a port for TLS", of: address,
                        ["address": "\(address)", "port": "\(listener.port)"])
                })
        }
        let timeout = TimeAmount.microseconds(Int64(shared.configuration.handshakeTimeout.microseconds))
        let handshakeGuard = HandshakeGuard(timeout: timeout) { error in
            guard tls != nil, error is NIOSSLError || error is BoringSSLError else { return }
            shared.meters.refused("tls")
            shared.addressBuckets.fine(address, shared.configuration.refusalFine, at: WallClock.now())
            shared.complain(
                "a TLS handshake failed", Self.text(of: error), of: address,
                ["address": "\(address)", "port": "\(listener.port)"])
        }
        let handshake = Handshake(shared: shared, listener: listener, tls: tls, address: address)
        try self.addHTTP(channel, guarding: handshakeGuard, shared: shared, handshake: handshake)
    }

    private static func addHTTP(
        _ channel: any Channel, guarding handshakeGuard: HandshakeGuard, shared: ServerShared, handshake: Handshake
    ) throws {
        let loop = channel.eventLoop
        let refusal = RefusalHandler(handshake)
        let arrival = NIOLoopBoundBox<Arrival?>(nil, eventLoop: loop)
        let upgrader = StationUpgrader(
            admit: { channel, head in
                switch handshake.decide(head, on: channel) {
                case .refused: channel.eventLoop.makeFailedFuture(StationUpgrader.Refused())
                case .admitted(let admitted): Self.arbitrate(admitted, on: channel, shared: shared, arrival: arrival)
                }
            },
            open: { channel in
                guard let found = arrival.value else { return }
                let pipeline = channel.pipeline.syncOperations
                pipeline.removeHandler(handshakeGuard, promise: nil)
                pipeline.removeHandler(refusal, promise: nil)
                try pipeline.addHandler(StationHandler(found, shared: shared))
            })
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(handshakeGuard)
        try pipeline.configureHTTPServerPipeline(
            withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }),
            withErrorHandling: true)
        try pipeline.addHandler(refusal)
    }

    /// Counts the socket and asks the address's bucket; nobody is told why, the address is named in the log once.
    private static func mayOpen(_ channel: any Channel, from address: String, shared: ServerShared) -> Bool {
        let hasRoom = shared.sockets.enter()
        channel.closeFuture.whenComplete { _ in shared.sockets.leave() }
        guard hasRoom else {
            shared.meters.refused("full")
            return false
        }
        guard shared.addressBuckets.take(address, at: WallClock.now()) else {
            shared.meters.refused("rate")
            shared.complain(
                "a connection was refused", "too many connections", of: address, ["address": "\(address)"])
            return false
        }
        return true
    }

    /// One line of what TLS says.
    private static func text(of error: any Error) -> String {
        String("\(error)".split(separator: "\n").first?.prefix(160) ?? "failed")
    }

    /// Authenticated, but somebody may sit there: whoever lives stays.
    private static func arbitrate(
        _ admitted: Admission.Admitted, on channel: any Channel, shared: ServerShared,
        arrival: NIOLoopBoundBox<Arrival?>
    ) -> EventLoopFuture<Admission.Admitted> {
        arrival.value = Arrival(station: admitted.station, version: admitted.version, deflate: admitted.deflate)
        guard admitted.version != nil, let old = shared.directory.seat(of: admitted.station) else {
            return channel.eventLoop.makeSucceededFuture(admitted)
        }
        let promise = channel.eventLoop.makePromise(of: StationHandler.Probe.self)
        old.eventLoop.execute { old.handler.value.probe(promise) }
        return promise.futureResult.map { probe in
            arrival.value?.old = old
            arrival.value?.isDuplicate = probe.isAlive
            arrival.value?.inherited = probe.record
            return admitted
        }
    }
}
