public import Domain

/// The physics of one charging point with its car: commands in, power and meter out, stepped with `now`.
public struct Plant: Sendable {
    /// Commands on their way through the station; beyond this many the oldest is skipped.
    static let mostPending = 64

    public let model: PlantModel
    public var profiles = ProfileStack()
    public private(set) var meter = PlantMeter()
    public private(set) var battery: Battery?
    /// Power at the grid side, + = charge.
    public private(set) var power = Power.zero
    /// What the station aims at now, after latency and rounding.
    public private(set) var aim = Power.zero
    /// When the station noticed that its link is down; nil while it is up.
    public private(set) var offlineSince: Instant?
    private var now: Instant
    private var pending: [Pending] = []
    private var generator: SeededGenerator

    private struct Pending: Hashable, Sendable {
        var at: Instant
        var target: Power
    }

    public init(model: PlantModel, seed: UInt64, at now: Instant) {
        self.model = model
        self.now = now
        self.generator = SeededGenerator(seed: seed)
    }

    public mutating func plugIn(_ battery: Battery) {
        self.battery = battery
        self.pending = []
        self.aim = .zero
    }

    /// The car leaves; its battery goes with it.
    public mutating func unplug() -> Battery? {
        defer {
            self.battery = nil
            self.power = .zero
            self.aim = .zero
            self.pending = []
        }
        return self.battery
    }

    public mutating func link(isUp: Bool, at now: Instant) {
        self.offlineSince = isUp ? nil : (self.offlineSince ?? now)
    }

    /// Lets time pass until `now`. A curve is answered here, with `milliHertz` as the station measures it.
    public mutating func step(to now: Instant, milliHertz: Int) {
        guard now > self.now else { return }
        let span = now - self.now
        self.now = now
        guard let battery = self.battery else {
            self.power = .zero
            self.meter.count(.zero, for: span, noisePerMille: 0, with: &self.generator)
            return
        }
        self.enqueue(self.target(milliHertz: milliHertz), at: now)
        self.dequeue(at: now)
        let offered = self.ramped(towards: self.aim, for: span)
        var moved = battery
        self.power = moved.apply(offered, for: span)
        self.battery = moved
        self.meter.count(
            self.power, for: span, noisePerMille: self.model.meterNoisePerMille,
            with: &self.generator)
    }

    private func target(milliHertz: Int) -> Power {
        let unlimited = self.model.maxCharge
        switch self.model.misbehaviour {
        case .ignores, .mute, .rejects:
            return unlimited
        case .half:
            let asked = self.profiles.target(
                at: self.now, milliHertz: milliHertz, offlineSince: self.offlineSince,
                unlimited: unlimited)
            return Power(watts: asked.watts / 2)
        case .none, .slow, .drops:
            return self.profiles.target(
                at: self.now, milliHertz: milliHertz, offlineSince: self.offlineSince,
                unlimited: unlimited)
        }
    }

    private mutating func enqueue(_ target: Power, at now: Instant) {
        let wanted = self.model.quantised(target)
        guard wanted != (self.pending.last?.target ?? self.aim) else { return }
        if self.pending.count >= Self.mostPending { self.pending.removeFirst() }
        self.pending.append(Pending(at: now + self.model.effectiveLatency, target: wanted))
    }

    private mutating func dequeue(at now: Instant) {
        while let first = self.pending.first, first.at <= now {
            self.aim = first.target
            self.pending.removeFirst()
        }
    }

    private func ramped(towards aim: Power, for span: TimeSpan) -> Power {
        let most = max(self.model.effectiveRamp * span.milliseconds / 1_000, 1)
        let change = min(max(aim.watts - self.power.watts, -most), most)
        return Power(watts: self.power.watts + change)
    }
}
