import CTelemetry
public import Domain

/// The charging tasks of many cars, a column for each figure, and the bounds that follow from them: `ChargingTask.bounds`
/// for all at once, by a kernel that does several cars in each instruction.
public struct PromiseColumns: Sendable {
    private var capacity: [Int32] = []
    private var soc: [Int16] = []
    private var socError: [Int16] = []
    private var reserve: [Int16] = []
    private var target: [Int16] = []
    private var departure: [Int64] = []
    private var efficiency: [Int16] = []
    private var maxCharge: [Int32] = []
    private var mostDischarge: [Int32] = []
    private var provenCharge: [Int32] = []
    private var minimum: [Int32] = []
    private var step: [Int32] = []
    // What the last pass found.
    private var base: [Int32] = []
    private var low: [Int32] = []
    private var high: [Int32] = []
    private var laxity: [Int32] = []
    private var atRisk: [UInt8] = []

    /// Greatest battery whose figures the kernel computes exactly, Wh.
    public static let mostCapacity = 100_000_000

    public init() {}

    public var count: Int { self.capacity.count }

    /// Adds a car; false, and nothing is added, where its figures do not fit the columns.
    @discardableResult
    public mutating func append(_ task: ChargingTask) -> Bool {
        guard Self.fits(task) else { return false }
        self.capacity.append(Int32(task.capacity.wattSeconds / 3_600))
        self.soc.append(Int16(task.stateOfCharge.basisPoints))
        self.socError.append(Int16(task.uncertainty.basisPoints))
        self.reserve.append(Int16(task.reserve.basisPoints))
        self.target.append(Int16(task.target.basisPoints))
        self.departure.append(Int64(task.departure.microseconds))
        self.efficiency.append(Int16(task.efficiency))
        self.maxCharge.append(Int32(task.maxCharge.watts))
        self.mostDischarge.append(task.mayDischarge ? Int32(task.maxDischarge.watts) : 0)
        self.provenCharge.append(Int32(task.provenCharge.watts))
        self.minimum.append(Int32(task.minimumPower.watts))
        self.step.append(Int32(task.step.watts))
        self.base.append(0)
        self.low.append(0)
        self.high.append(0)
        self.laxity.append(0)
        self.atRisk.append(0)
        return true
    }

    private static func fits(_ task: ChargingTask) -> Bool {
        let shares = [task.stateOfCharge, task.uncertainty, task.reserve, task.target]
        let powers = [task.maxCharge, task.maxDischarge, task.provenCharge, task.minimumPower, task.step]
        return (0...Self.mostCapacity * 3_600).contains(task.capacity.wattSeconds)
            && task.capacity.wattSeconds.isMultiple(of: 3_600)
            && shares.allSatisfy { (0...10_000).contains($0.basisPoints) }
            && powers.allSatisfy { (0...Int(Int32.max / 4)).contains($0.watts) }
            && (1...10_000).contains(task.efficiency)
    }

    /// Computes everybody's bounds; they are read by ``bounds(_:)`` from then on.
    public mutating func pass(at now: Instant, endurance: TimeSpan, watchdog: TimeSpan) {
        let terms = headroom_promise_terms(
            now: Int64(now.microseconds), endurance: Int64(endurance.seconds), watchdog: Int64(watchdog.seconds))
        // Sound: all columns are equally long, and the kernel reads and writes so many of each.
        unsafe headroom_promise_bounds(
            self.count, terms, self.capacity, self.soc, self.socError, self.reserve, self.target, self.departure,
            self.efficiency, self.maxCharge, self.mostDischarge, self.provenCharge, self.minimum, self.step, &self.base,
            &self.low, &self.high, &self.laxity, &self.atRisk)
    }

    /// What the last pass found for the car at an index; a laxity beyond 68 years is cut.
    @inline(__always)
    public func bounds(_ index: Int) -> Bounds {
        Bounds(
            base: Int(self.base[index]), low: Int(self.low[index]), high: Int(self.high[index]),
            laxity: Int(self.laxity[index]), atRisk: self.atRisk[index] != 0)
    }
}
