import CTelemetry
import Control
public import Domain
import Fleet

extension EngineSnapshot {
    /// What a car that can be commanded may do at a moment, W, + = charge.
    public struct Moment: Hashable, Sendable {
        /// What it draws where nothing is asked of it, and how far it may be moved.
        public var base: Int
        public var low: Int
        public var high: Int
        /// What station, car and owner allow at all, magnitudes.
        public var maxCharge: Int
        public var maxDischarge: Int
        /// Seconds until charging has to begin at the latest.
        public var laxity: Int
        /// What the charging plan has it draw; nil where it charges steadily.
        public var planned: Int?
        /// What of it is held for what is sold, magnitudes.
        public var heldUp: Int
        public var heldDown: Int
        /// Its meter does not do what it is told: nothing of it is sold.
        public var isDistrusted: Bool

        public init(
            base: Int, low: Int, high: Int, maxCharge: Int, maxDischarge: Int, laxity: Int, planned: Int? = nil,
            heldUp: Int = 0, heldDown: Int = 0, isDistrusted: Bool = false
        ) {
            self.base = base
            self.low = low
            self.high = high
            self.maxCharge = maxCharge
            self.maxDischarge = maxDischarge
            self.laxity = laxity
            self.planned = planned
            self.heldUp = heldUp
            self.heldDown = heldDown
            self.isDistrusted = isDistrusted
        }

        init(_ point: borrowing Point, _ line: VehicleLine) {
            self.init(
                base: point.bounds.base, low: point.bounds.low, high: point.bounds.high,
                maxCharge: Int(line.record.max_charge), maxDischarge: Int(line.record.max_discharge),
                laxity: point.bounds.laxity, planned: point.planned, heldUp: point.heldUp, heldDown: point.heldDown,
                isDistrusted: point.isDeaf || point.isSuspect)
        }
    }

    /// What bound a car at this moment, and what the next best would have been, in one sentence.
    /// - Parameter time: how an instant is written.
    /// - Returns: nil where no such car is known.
    public func explanation(of id: VehicleID, _ time: (Instant) -> String) -> String? {
        let known = self.vehicles.filter { $0.id == id }
        guard let vehicle = known.first(where: \.plugged) ?? known.first else { return nil }
        return self.explanation(of: vehicle, time)
    }

    /// The same of a car of this snapshot.
    public func explanation(of vehicle: Vehicle, _ time: (Instant) -> String) -> String {
        guard vehicle.plugged else { return "\(vehicle.id) is not plugged in, so nothing binds it; next best: none" }
        let promise =
            vehicle.target.map { "\(percent($0)) " }.map { target in
                "its promise of \(target)" + (vehicle.departure.map { "at \(time($0))" } ?? "")
            } ?? "its promise"
        guard let moment = vehicle.moment else {
            let why = vehicle.reason.isEmpty ? "it cannot be commanded" : vehicle.reason
            return
                "\(vehicle.id) is bound by its station, because \(why); next best: its base, once it can be commanded"
        }
        return "\(vehicle.id) \(self.doing(vehicle, moment)), bound by "
            + self.binding(vehicle, moment, promise, time) + "; next best: "
            + self.alternative(vehicle, moment, time)
    }

    private func doing(_ vehicle: Vehicle, _ moment: Moment) -> String {
        let moved = moment.base - vehicle.power.watts
        guard moved.magnitude > max(300, moment.base.magnitude / 10), moment.heldUp + moment.heldDown > 0 else {
            return vehicle.power.watts < -50
                ? "discharges \(kilowatts(-vehicle.power.watts))"
                : vehicle.power.watts > 50 ? "charges \(kilowatts(vehicle.power.watts))" : "waits at 0 kW"
        }
        return "answers the grid with \(kilowatts(Int(moved.magnitude))) \(moved > 0 ? "up" : "down") from its base of "
            + kilowatts(moment.base)
    }

    private func binding(_ vehicle: Vehicle, _ moment: Moment, _ promise: String, _ time: (Instant) -> String) -> String
    {
        if moment.isDistrusted { return "its station, which does not do what it is told" }
        if !vehicle.ready {
            return promise + ", which cannot be kept: "
                + (vehicle.reason.isEmpty ? "no reason is known" : vehicle.reason)
        }
        if moment.low > 0 {
            return promise + ": it needs \(kilowatts(moment.low)) at least from now on, and could wait for "
                + "\(minutes(moment.laxity))"
        }
        if moment.heldUp + moment.heldDown > 0 {
            return "what is sold: \(kilowatts(moment.heldUp)) up and \(kilowatts(moment.heldDown)) down are held"
        }
        if moment.planned != nil, let curve = self.curve(of: vehicle), let value = curve.value(at: self.at) {
            return "the \(curve.kind.rawValue) of \(figure(value)) now"
                + (self.cheapest(curve, vehicle).map { ", \(figure($0.value)) at \(time($0.at))" } ?? "")
                + ", and by \(promise)"
        }
        if vehicle.reason.isEmpty, moment.high < moment.maxCharge, moment.base == moment.high, moment.base > 0 {
            return "what its site or its battery takes, \(kilowatts(moment.high)) of \(kilowatts(moment.maxCharge))"
        }
        if let keptOut = vehicle.keptOut { return "\(promise), and kept out of discharge: \(keptOut.reason)" }
        return promise
    }

    private func alternative(_ vehicle: Vehicle, _ moment: Moment, _ time: (Instant) -> String) -> String {
        if moment.isDistrusted { return "to be tried again on its schedule" }
        if !vehicle.ready { return "none, since it is given all that there is" }
        if moment.low > 0, moment.low >= moment.base {
            return "none below, since anything less than \(kilowatts(moment.low)) would miss it"
        }
        if moment.heldUp + moment.heldDown > 0 {
            return "left alone it would draw its base of \(kilowatts(moment.base))"
        }
        let up = max(0, moment.base - moment.low)
        let down = max(0, moment.high - moment.base)
        if let planned = moment.planned, let curve = self.curve(of: vehicle), let departure = vehicle.departure {
            let left = max(1, (departure - self.at).seconds)
            return "steady charging until \(time(departure)) at a mean of \(figure(curve.mean(from: self.at))), "
                + (planned == 0 && left > 0 ? "instead of waiting" : "instead of \(kilowatts(planned)) now")
        }
        if up + down == 0 { return "none: it cannot be moved" }
        return "to be moved by up to \(kilowatts(up)) up or \(kilowatts(down)) down, of which nothing is sold"
    }

    private func curve(of vehicle: Vehicle) -> PriceCurve? {
        self.prices.first { $0.site != nil && $0.site == vehicle.site } ?? self.prices.first { $0.site == nil }
    }

    /// The least figure between now and the car's departure, where it is less than the one of now.
    private func cheapest(_ curve: PriceCurve, _ vehicle: Vehicle) -> PriceCurve.Step? {
        let now = curve.value(at: self.at) ?? .max
        return curve.steps.filter { $0.at > self.at && $0.at < vehicle.departure ?? .distantFuture && $0.value < now }
            .min { ($0.value, $0.at) < ($1.value, $1.at) }
    }
}

/// `7350` W as `7.4 kW`.
private func kilowatts(_ watts: Int) -> String {
    let tenths = roundedDivision(watts, 100)
    return "\(tenths < 0 ? "−" : "")\(tenths.magnitude / 10).\(tenths.magnitude % 10) kW"
}

private func percent(_ charge: StateOfCharge) -> String { "\(roundedDivision(charge.basisPoints, 100)) %" }

private func minutes(_ seconds: Int) -> String { "\(max(0, seconds) / 60) min" }

/// Millionths per MWh as a figure per MWh with two places.
private func figure(_ value: Int) -> String {
    let hundredths = roundedDivision(value, 10_000)
    let rest = hundredths.magnitude % 100
    return "\(hundredths < 0 ? "−" : "")\(hundredths.magnitude / 100).\(rest < 10 ? "0" : "")\(rest) per MWh"
}
