import Domain
import GridCodes

/// Adds up a run, step by step, into figures and series.
struct TwinRecorder: Sendable {
    /// What one step was.
    struct Step: Sendable {
        var at: Instant
        /// Inside the time that is awarded.
        var isAwarded: Bool
        /// The signal's value in thousandths (mHz, or of the award); nil without a signal.
        var signal: Int?
        /// Deviations from the baseline, W, + = up.
        var requested: Int
        var delivered: Int
        var baseline: Int
        var metered: Int
        /// Power that could be moved beyond the baseline, W ≥ 0.
        var headroomUp: Int
        var headroomDown: Int
        var plugged: Int
        var siteViolations: Int
        var price: PriceSeries.Row
    }

    let award: Power
    let directions: [Direction]
    let milliseconds: Int
    let isRegulation: Bool
    private(set) var steps: [Step] = []
    private(set) var energyCost = MoneyMeter()
    private(set) var capacityRevenue = MoneyMeter()
    private var requested = 0
    private var delivered = 0
    private var absoluteError = 0
    private var available = 0
    private var awardedSteps = 0
    private(set) var siteViolations = 0

    init(product: Product, award: Power, milliseconds: Int) {
        self.award = award
        self.directions = product.directions
        self.milliseconds = milliseconds
        self.isRegulation = product.activation == .signal
    }

    mutating func add(_ step: Step) {
        self.steps.append(step)
        if step.requested != 0 {
            self.requested += abs(step.requested) * self.milliseconds
            self.delivered += abs(step.delivered) * self.milliseconds
        }
        self.siteViolations += step.siteViolations
        self.energyCost.add(
            watts: step.metered, milliseconds: self.milliseconds, price: step.price.energy)
        guard step.isAwarded else { return }
        self.awardedSteps += 1
        self.absoluteError += abs(step.delivered - step.requested)
        let covered = self.directions.allSatisfy {
            ($0 == .up ? step.headroomUp : step.headroomDown) >= self.award.watts
        }
        guard covered else { return }
        self.available += 1
        for direction in self.directions {
            self.capacityRevenue.add(
                watts: self.award.watts, milliseconds: self.milliseconds,
                price: direction == .up ? step.price.up : step.price.down)
        }
    }

    /// Fills in what the recorder knows.
    func report(into kpis: inout TwinKPIs) {
        let count = max(self.awardedSteps, 1)
        kpis.steps = self.steps.count
        kpis.requested = Energy(wattSeconds: self.requested / 1_000)
        kpis.delivered = Energy(wattSeconds: self.delivered / 1_000)
        if self.award.watts > 0 {
            let mean = self.absoluteError / count
            kpis.trackingMicro = roundedDivision(mean * 1_000_000, self.award.watts)
        }
        kpis.availabilityMicro = self.available * 1_000_000 / count
        kpis.siteLimitViolations = self.siteViolations
        kpis.score = self.score()
    }

    /// The three-part score of each full hour, for signal products; nil otherwise.
    private func score() -> ClassicScore? {
        guard self.isRegulation, self.award.watts > 0 else { return nil }
        let steps = self.steps.filter(\.isAwarded)
        guard let first = steps.first else { return nil }
        let scale = 1 / Double(self.award.watts)
        var asked: [Double] = []
        var came: [Double] = []
        var index = 0
        var at = first.at
        while index < steps.count {
            while index + 1 < steps.count, steps[index + 1].at <= at { index += 1 }
            asked.append(Double(steps[index].requested) * scale)
            came.append(Double(steps[index].delivered) * scale)
            at = at + .seconds(10)
            if at >= steps[steps.count - 1].at + .milliseconds(self.milliseconds) { break }
        }
        var hours: [ClassicScore] = []
        var start = 0
        while start + ClassicScore.samples <= asked.count {
            let range = start..<(start + ClassicScore.samples)
            if let hour = ClassicScore(signal: Array(asked[range]), response: Array(came[range])) {
                hours.append(hour)
            }
            start += 360
        }
        return ClassicScore.mean(of: hours)
    }
}
