import Domain

/// Where a battery's state of charge is believed to be: a band that what flows moves and widens, until somebody tells.
/// Interval arithmetic throughout, so that its lower end is safe to promise against.
struct ChargeEstimate: Sendable {
    /// Who said it, the worst first (ocpp.md section 11, 2).
    enum Source: Int, Comparable, Sendable {
        /// Nobody: only what the meter counted since the car came.
        case register
        /// The car's energy requests, held against its target.
        case energyRequests
        /// `ConnectedEV.StateOfCharge` of the device model.
        case deviceModel
        /// The SoC measurand, or the car's own needs.
        case measurand

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

        /// Half width of the band of a word of this source, in 1/10,000: all come in whole percents; the device
        /// model is read seldom, and energy requests know losses and buffers that we do not.
        var error: Int {
            switch self {
            case .measurand: 50
            case .deviceModel: 100
            case .energyRequests: 300
            case .register: 5_000
            }
        }
    }

    /// Batteries of cars: where the size is not told, the band holds all of these.
    static let anyCapacity = Energy(wattHours: 20_000)...Energy(wattHours: 200_000)
    /// What flows may be this much more or less in the battery than at the meter, in percent.
    private static let tolerance = 10
    /// The band is kept in billionths, so that a second's energy is not rounded away.
    private static let scale = 100_000
    private static let whole = 10_000 * Self.scale
    private static let rounding = Source.measurand.error * Self.scale

    private(set) var source = Source.register
    private var low = 0
    private var high = Self.whole

    /// Takes what `source` tells. A worse source than the present one counts only where its band is the narrower:
    /// where the better one has been silent while much flowed.
    mutating func told(_ charge: StateOfCharge, by source: Source) {
        let told = charge.basisPoints * Self.scale
        let half = source.error * Self.scale
        guard source >= self.source || 2 * half < self.high - self.low else { return }
        self.source = source
        self.low = max(told - half, -Self.rounding)
        self.high = min(told + half, Self.whole + Self.rounding)
    }

    /// Energy flowed into the battery, less than 0 out of it, by the meter.
    mutating func flowed(_ energy: Energy, capacity: Energy?) {
        let sizes = capacity.flatMap { $0 > .zero ? $0...$0 : nil } ?? Self.anyCapacity
        let most = Self.share(energy, of: sizes.lowerBound) * (100 + Self.tolerance) / 100
        let least = Self.share(energy, of: sizes.upperBound) * (100 - Self.tolerance) / 100
        self.low = min(max(self.low + min(most, least), -Self.rounding), Self.whole)
        self.high = max(min(self.high + max(most, least), Self.whole + Self.rounding), 0)
    }

    private static func share(_ energy: Energy, of capacity: Energy) -> Int {
        let (product, isTooMuch) = energy.wattSeconds.multipliedReportingOverflow(by: Self.whole)
        guard !isTooMuch else { return energy < .zero ? -Self.whole : Self.whole }
        return min(max(product / capacity.wattSeconds, -Self.whole), Self.whole)
    }

    /// The middle of the band, 0 to 100 %, and its half width, in 1/10,000.
    var value: StateOfCharge {
        StateOfCharge(basisPoints: min(max((self.low + self.high) / 2 / Self.scale, 0), 10_000))
    }
    var error: Int { min(5_000, ((self.high - self.low) / 2 + Self.scale / 2) / Self.scale) }
    /// Whether somebody told it, however long ago.
    var isTold: Bool { self.source > .register }
}
