public import Domain

/// What a contingency service delivered after a disturbance, the way the market ancillary service specification measures:
/// energy beyond the baseline over the service's window, as the constant power that gives twice it for a ramp (from memory).
public enum FrequencyControl {
    /// The lesser of what was delivered by the service's time and what was held to the end of its window, W.
    /// - Parameters:
    ///   - response: metered deviations from the disturbance on, W, in the direction of the service.
    ///   - stepMilliseconds: time between samples.
    ///   - product: full delivery time and endurance are the window.
    ///   - isFew: under 200 sites an error of 5 % is assumed.
    public static func delivered(response: [Int], stepMilliseconds: Int, product: Product, isFew: Bool) -> Power? {
        let full = product.fullDeliveryMilliseconds / max(1, stepMilliseconds)
        let end = product.enduranceSeconds * 1_000 / max(1, stepMilliseconds)
        guard stepMilliseconds > 0, full > 0, full <= end, response.count > end else { return nil }
        let rising = response[..<full].reduce(0, +)
        // A ramp that is full just in time moves half of the energy of a step.
        let ramped = 2 * rising / full
        let held = response[full...end].min() ?? 0
        let watts = max(0, min(ramped, held))
        return Power(watts: isFew ? watts * 95 / 100 : watts)
    }
}
