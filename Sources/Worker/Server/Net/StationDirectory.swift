import Domain
import NIOCore
import Synchronization

/// Where each connected station's handler runs, and what is remembered of those that are away.
final class StationDirectory: Sendable {
    struct Seat: Sendable {
        var handler: NIOLoopBound<StationHandler>
        var eventLoop: any EventLoop
        /// Rises with each connection of the server; a late goodbye of an old one removes nothing.
        var generation: UInt64
        var mark: SeatMark
    }

    private struct State {
        var seats: [StationID: Seat] = [:]
        var records: [StationID: StationRecord] = [:]
        var nextGeneration: UInt64 = 1
        /// The server goes: nobody sits down any more.
        var isClosed = false
    }

    /// Stations whose past is remembered while they are away.
    static let mostRecords = 100_000

    private let state = Mutex(State())

    var count: Int { self.state.withLock { $0.seats.count } }

    /// From now on nobody sits down; whoever sits is told by the caller.
    func close() -> [Seat] {
        self.state.withLock { state in
            state.isClosed = true
            return Array(state.seats.values)
        }
    }

    func seat(of station: StationID) -> Seat? { self.state.withLock { $0.seats[station] } }

    var seats: [Seat] { self.state.withLock { Array($0.seats.values) } }

    /// Takes the seat, if nobody but `replacing` (a generation) sits there.
    func sit(
        _ station: StationID, _ handler: NIOLoopBound<StationHandler>, _ mark: SeatMark, on eventLoop: any EventLoop,
        replacing: UInt64?, most: Int
    ) -> (generation: UInt64, record: StationRecord)? {
        self.state.withLock { state in
            guard !state.isClosed else { return nil }
            if let seat = state.seats[station] {
                guard seat.generation == replacing else { return nil }
                seat.mark.end()
            } else {
                guard state.seats.count < most else { return nil }
            }
            let generation = state.nextGeneration
            state.nextGeneration += 1
            state.seats[station] = Seat(
                handler: handler, eventLoop: eventLoop, generation: generation, mark: mark)
            return (generation, state.records[station] ?? StationRecord())
        }
    }

    /// False when another connection has taken the seat meanwhile.
    func leave(_ station: StationID, generation: UInt64, record: StationRecord) -> Bool {
        self.state.withLock { state in
            guard let seat = state.seats[station], seat.generation == generation else { return false }
            seat.mark.end()
            state.seats[station] = nil
            if state.records.count < Self.mostRecords || state.records[station] != nil {
                state.records[station] = record
            }
            return true
        }
    }

    /// The orders by event loop; those for nobody come back apart.
    func sorted(
        _ orders: some Collection<StationOrder>
    ) -> (batches: [ObjectIdentifier: OrderBatch], missing: [StationOrder]) {
        self.state.withLock { state in
            var batches: [ObjectIdentifier: OrderBatch] = [:]
            var missing: [StationOrder] = []
            for order in orders {
                guard let seat = state.seats[order.station] else {
                    missing.append(order)
                    continue
                }
                let loop = ObjectIdentifier(seat.eventLoop)
                batches[loop, default: OrderBatch(eventLoop: seat.eventLoop)].orders
                    .append((seat.handler, order))
            }
            return (batches, missing)
        }
    }
}

/// Whether a connection is still the station's, seen without the directory: false once another one has replaced it,
/// and what is said on it counts no more.
final class SeatMark: Sendable {
    private let current = Atomic(true)

    var isCurrent: Bool { self.current.load(ordering: .acquiring) }

    func end() { self.current.store(false, ordering: .releasing) }
}

/// Orders for the stations of one event loop.
struct OrderBatch: Sendable {
    var eventLoop: any EventLoop
    var orders: [(NIOLoopBound<StationHandler>, StationOrder)] = []
}
