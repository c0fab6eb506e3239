import Domain
import NIOCore

// Two connections of one name: whoever lives stays.
extension StationHandler {
    /// Somebody else claims to be this station: prove that this connection lives. Only the answer to this very ping
    /// counts; what was under way before may come from the dead.
    func probe(_ promise: EventLoopPromise<Probe>) {
        guard let context = self.context, self.link != nil, !self.isClosing else {
            return promise.succeed(Probe(isAlive: false, record: self.link?.value.record))
        }
        guard self.probes.count < Self.mostProbes else { return promise.succeed(Probe(isAlive: true)) }
        self.probes.append(promise)
        guard self.probes.count == 1 else { return }
        self.probeRound += 1
        let round = self.probeRound
        self.write(.ping, Self.payload(of: round))
        context.flush()
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(
            in: .microseconds(Int64(self.shared.configuration.duplicateTimeout.microseconds))
        ) {
            if me.value.probeRound == round { me.value.settleProbes(isAlive: false) }
        }
    }

    private static func payload(of round: UInt64) -> [UInt8] { Array("probe \(round)".utf8) }

    func heardPong(_ bytes: [UInt8]) {
        guard !self.probes.isEmpty, bytes == Self.payload(of: self.probeRound) else { return }
        self.settleProbes(isAlive: true)
    }

    func settleProbes(isAlive: Bool) {
        let waiting = self.probes
        self.probes = []
        let record = isAlive ? nil : self.link?.value.record
        for promise in waiting { promise.succeed(Probe(isAlive: isAlive, record: record)) }
    }
}
