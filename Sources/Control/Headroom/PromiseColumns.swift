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

    /// Lets go of all cars and keeps their room.
    public mutating func removeAll() {
        self.capacity.removeAll(keepingCapacity: true)
        self.soc.removeAll(keepingCapacity: true)
        self.socError.removeAll(keepingCapacity: true)
        self.reserve.removeAll(keepingCapacity: true)
        self.target.removeAll(keepingCapacity: true)
        self.departure.removeAll(keepingCapacity: true)
        self.efficiency.removeAll(keepingCapacity: true)
        self.maxCharge.removeAll(keepingCapacity: true)
        self.mostDischarge.removeAll(keepingCapacity: true)
        self.provenCharge.removeAll(keepingCapacity: true)
        self.minimum.removeAll(keepingCapacity: true)
        self.step.removeAll(keepingCapacity: true)
    }

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
        return true
    }

    private static func fits(_ task: ChargingTask) -> Bool {
        // Negative ones have the highest bit.
        let shares =
            UInt(bitPattern: task.stateOfCharge.basisPoints) <= 10_000
            && UInt(bitPattern: task.uncertainty.basisPoints) <= 10_000
            && UInt(bitPattern: task.reserve.basisPoints) <= 10_000
            && UInt(bitPattern: task.target.basisPoints) <= 10_000
        let powers =
            task.maxCharge.watts | task.maxDischarge.watts | task.provenCharge.watts | task.minimumPower.watts
            | task.step.watts
        return shares && UInt(bitPattern: powers) <= UInt(Int32.max / 4)
            && (0...Self.mostCapacity * 3_600).contains(task.capacity.wattSeconds)
            && task.capacity.wattSeconds.isMultiple(of: 3_600) && (1...10_000).contains(task.efficiency)
    }

    /// Computes everybody's bounds; they are read by ``bounds(_:)`` from then on.
    public mutating func pass(at now: Instant, endurance: TimeSpan, watchdog: TimeSpan) {
        let terms = headroom_promise_terms(
            now: Int64(now.microseconds), endurance: Int64(endurance.seconds), watchdog: Int64(watchdog.seconds))
        if self.base.count < self.count {
            let more = self.count - self.base.count
            self.base.append(contentsOf: repeatElement(0, count: more))
            self.low.append(contentsOf: repeatElement(0, count: more))
            self.high.append(contentsOf: repeatElement(0, count: more))
            self.laxity.append(contentsOf: repeatElement(0, count: more))
            self.atRisk.append(contentsOf: repeatElement(0, count: more))
        }
        // Sound: all columns are equally long or longer, and the kernel reads and writes so many of each.
        unsafe headroom_promise_bounds(
            self.count, terms, self.capacity, self.soc, self.socError, self.reserve, self.target, self.departure,
            self.efficiency, self.maxCharge, self.mostDischarge, self.provenCharge, self.minimum, self.step, &self.base,
            &self.low, &self.high, &self.laxity, &self.atRisk)
    }

    /// What the last pass found for the car at an index; a laxity beyond 68 years is cut.
    public func bounds(_ index: Int) -> Bounds {
        Bounds(
            base: Int(self.base[index]), low: Int(self.low[index]), high: Int(self.high[index]),
            laxity: Int(self.laxity[index]), atRisk: self.atRisk[index] != 0)
    }
}
