public import Domain

/// What a maker's warranty allows a battery to give to the grid; a limit that is nil does not bind.
public struct Warranty: Hashable, Sendable, Codable {
    /// Energy discharged to the grid.
    public var throughput: Energy?
    /// Equivalent full cycles to the grid: energy discharged ÷ capacity.
    public var cycles: Int?
    /// Hours at or above ``VehicleWear/highCharge``.
    public var highHours: Int?

    public init(throughput: Energy? = nil, cycles: Int? = nil, highHours: Int? = nil) {
        self.throughput = throughput
        self.cycles = cycles
        self.highHours = highHours
    }

    /// Why the car may not discharge any more, in words with figures; nil while it may.
    public func dischargeVeto(_ wear: VehicleWear, capacity: Energy) -> String? {
        if let throughput, wear.discharged >= throughput {
            return "warranty: \(wear.discharged.wattHours / 1000) of \(throughput.wattHours / 1000) kWh are discharged"
        }
        if let cycles, capacity.wattSeconds > 0 {
            let done = wear.discharged.wattSeconds / capacity.wattSeconds
            if done >= cycles { return "warranty: \(done) of \(cycles) full cycles are used" }
        }
        return nil
    }

    /// Why the car may not be charged above its own plan any more; nil while it may.
    public func raiseVeto(_ wear: VehicleWear) -> String? {
        guard let highHours, wear.highSeconds >= highHours * 3600 else { return nil }
        return "warranty: \(wear.highSeconds / 3600) of \(highHours) hours at high charge are used"
    }

    /// The largest used share of a limit, in 1/10,000; nil without a limit.
    public func used(_ wear: VehicleWear, capacity: Energy) -> Int? {
        func share(_ used: Int, _ limit: Int) -> Int {
            limit > 0 ? Int(Int128(used) * 10_000 / Int128(limit)) : 10_000
        }
        let shares = [
            self.throughput.map { share(wear.discharged.wattSeconds, $0.wattSeconds) },
            self.cycles.map { share(wear.discharged.wattSeconds, $0 * capacity.wattSeconds) },
            self.highHours.map { share(wear.highSeconds, $0 * 3600) },
        ]
        return shares.compactMap { $0 }.max()
    }
}
