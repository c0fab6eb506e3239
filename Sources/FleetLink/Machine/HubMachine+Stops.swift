public import Domain

// Stops are latched: each worker has to end up with exactly those that are in force, however often it, its
// connection or the aggregator went away in between.
extension HubMachine {
    /// The stops in force after a restart of the aggregator: all of them.
    public mutating func restore(stops: [StopOrder]) {
        for order in stops { self.standing[order.id] = order }
        self.knowsStops = true
    }

    /// What a worker has to hear about stops before anything else.
    ///
    /// Since version 2 it is the whole set, so that a release that it slept through is made up for. A worker of
    /// version 1 hears each stop in force, and each release that it never acknowledged.
    func stopsForNewcomer(_ peer: inout Peer) -> [ControlMessage] {
        guard peer.version >= 2, self.knowsStops, self.standing.count <= ControlMessage.mostStops else {
            peer.stops.merge(self.standing.mapValues { ControlMessage.stop($0) }) { $1 }
            return []
        }
        peer.stops = [:]
        return [.stops(self.standing.values.sorted { $0.id < $1.id })]
    }

    /// Sends a stop to every worker until each has acknowledged it.
    public mutating func stop(_ order: StopOrder) -> [HubAction] {
        self.standing[order.id] = order
        return self.say(.stop(order), order)
    }

    public mutating func release(_ order: StopOrder) -> [HubAction] {
        self.standing = self.standing.filter { $0.value.scope != order.scope }
        return self.say(.release(order), order)
    }

    /// Said until acknowledged. What was said of the same scope before is not said any more: a release that
    /// arrives late would undo the stop that came after it.
    private mutating func say(_ message: ControlMessage, _ order: StopOrder) -> [HubAction] {
        for worker in self.peers.keys {
            var stops = self.peers[worker]?.stops.filter { $0.value.scope != order.scope } ?? [:]
            stops[order.id] = message
            self.peers[worker]?.stops = stops
        }
        return self.present.map { .send($0, message) }
    }
}

extension ControlMessage {
    fileprivate var scope: StopOrder.Scope? {
        switch self {
        case .stop(let order), .release(let order): order.scope
        default: nil
        }
    }
}
