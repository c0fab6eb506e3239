import CTelemetry
import Control
import Domain
import Fleet

/// What a snapshot says of up to a thousand points of one worker, as they were at one moment.
struct SnapshotSlice: Sendable {
    var cars = EngineSnapshot.Part([])
    var suspects: [EngineSnapshot.Suspect] = []
    var discharging = 0
    var stored = Energy.zero
    var capacity = Energy.zero
    var maxCharge = Power.zero
    var maxDischarge = Power.zero
    /// Headroom by resource, W.
    var headroom: [(up: Int, down: Int)]
}

/// Snapshots of a fleet for whoever shows them: the cars are looked at in turns, so that a large fleet does not hold up who
/// leads it. What it says of the grid is of the moment; cars and their sums are as old as the last turn that saw them.
public struct SnapshotBook: Sendable {
    /// Points of one slice.
    private static let width = 1_024
    /// By worker, in the order of its slots.
    private var slices: [[SnapshotSlice]] = []
    private var next = (worker: 0, slice: 0)

    public init() {}

    /// Looks at points from where the last look ended: at least one slice, and further ones while `isTime`, each once.
    public mutating func look(at engine: AggregatorEngine, while isTime: () -> Bool) {
        let empty = SnapshotSlice(headroom: engine.resources.map { _ in (0, 0) })
        let counts = engine.points.map { ($0.count + Self.width - 1) / Self.width }
        if self.slices.map(\.count) != counts || self.slices.joined().first?.headroom.count != empty.headroom.count {
            self.fit(counts, empty)
        }
        for _ in 0..<counts.reduce(0, +) {
            while self.next.slice >= counts[self.next.worker] {
                self.next = ((self.next.worker + 1) % counts.count, 0)
            }
            let first = self.next.slice * Self.width
            self.slices[self.next.worker][self.next.slice] = engine.slice(
                self.next.worker, first..<first + Self.width, empty)
            self.next.slice += 1
            guard isTime() else { return }
        }
    }

    public func snapshot(of engine: AggregatorEngine) -> EngineSnapshot {
        engine.snapshot(of: self.slices.flatMap(\.self).filter { $0.headroom.count == engine.resources.count })
    }

    /// Workers came, went or grew: what was seen of others stands.
    private mutating func fit(_ counts: [Int], _ empty: SnapshotSlice) {
        self.slices = counts.enumerated().map { worker, count in
            let known = worker < self.slices.count ? self.slices[worker].prefix(count) : []
            return known.map { $0.headroom.count == empty.headroom.count ? $0 : empty }
                + Array(repeating: empty, count: count - known.count)
        }
        if self.next.worker >= counts.count { self.next = (0, 0) }
    }
}

extension AggregatorEngine {
    /// What there is to say of some slots of a worker.
    fileprivate func slice(_ worker: Int, _ slots: Range<Int>, _ empty: SnapshotSlice) -> SnapshotSlice {
        var slice = empty
        var vehicles: [EngineSnapshot.Vehicle] = []
        let own = self.points[worker]
        let points = own.span
        let first = self.fleet.range(worker).lowerBound
        let end = min(slots.upperBound, points.count, self.fleet.range(worker).count)
        for slot in slots.lowerBound..<max(slots.lowerBound, end) {
            let line = self.fleet.lines[first + slot]
            guard line.bound == 1, let station = self.fleet.station(first + slot) else { continue }
            slice.add(points[slot], line)
            if let suspect = points[slot].suspect(station) { slice.suspects.append(suspect) }
            // A car that is claimed by a second point is counted at one of them.
            guard line.vehicle == VehicleLine.none || self.isSeat(first + slot) else { continue }
            if line.isPlugged { slice.add(points[slot], line, self.capacity(of: line)) }
            if line.vehicle != VehicleLine.none { vehicles.append(self.vehicle(line, points[slot], station)) }
        }
        slice.cars = EngineSnapshot.Part(vehicles)
        return slice
    }
}

extension SnapshotSlice {
    /// The headroom of a point.
    fileprivate mutating func add(_ point: borrowing Point, _ line: VehicleLine) {
        let resource = Int(line.resource)
        guard resource < self.headroom.count, line.isAvailable, point.base != nil else { return }
        self.headroom[resource].up += max(0, point.bounds.base - point.bounds.low)
        self.headroom[resource].down += max(0, point.bounds.high - point.bounds.base)
    }

    /// The battery of a car that is plugged in.
    fileprivate mutating func add(_ point: borrowing Point, _ line: VehicleLine, _ capacity: Energy) {
        if line.record.power < -50 { self.discharging += 1 }
        self.capacity += capacity
        self.stored += StateOfCharge(basisPoints: Int(line.record.soc)).energy(of: capacity)
        self.maxCharge += Power(watts: max(0, point.bounds.high))
        self.maxDischarge += Power(watts: max(0, -point.bounds.low))
    }
}
