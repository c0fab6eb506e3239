import Control
import Domain
import Fleet
import GridCodes

// The last energy of what is sold is for use: power is not held back for later while less comes than was sold.
extension AggregatorEngine {
    /// The plan of a block needs a moment to be named.
    private static let settling = TimeSpan.seconds(15)
    /// Power is behind a set-point for so long at least, however short energy is.
    private static let leastHold = TimeSpan.minutes(1)

    /// For how long full power has to be behind what a point may do now: what its products want for a sale, or less where
    /// a signal has used up so much that less is held than was sold. Promises bind for either.
    func holdTime(_ index: Int) -> TimeSpan {
        let whole = self.endurance(index)
        guard let shortness = self.resources[index].shortness else { return whole }
        return max(TimeSpan(microseconds: whole.microseconds >> shortness.halvings), min(whole, self.leastHold))
    }

    private var leastHold: TimeSpan { max(Self.leastHold, self.configuration.watchdog) }

    /// Halves the time for as long as less is held than was sold of a signal product; whole again when the block is over.
    /// What answers a frequency by itself keeps its second activation.
    mutating func noteShortness(_ index: Int) {
        if let known = self.resources[index].shortness, known.until <= self.now {
            self.resources[index].shortness = nil
        }
        let state = self.resources[index]
        guard self.isSignalOnly(index), state.named?.id.version == state.version,
            (state.shortness?.version ?? 0) < state.version, self.holdTime(index) > self.leastHold,
            let until = self.shortUntil(index)
        else { return }
        let halvings = (state.shortness?.halvings ?? 0) + 1
        self.resources[index].shortness = .init(halvings: halvings, until: until, version: state.version)
    }

    /// Until when what is sold now and not held lasts; nil where all of it is held.
    private func shortUntil(_ index: Int) -> Instant? {
        let running = self.market.unsettled(self.resources[index].terms.id)
            .map { self.market.activations[$0].award }
            .filter { $0.block.contains(self.now) && self.now - $0.block.start > Self.settling }
        let short = running.filter { award in
            let sold = running.reduce(0) { $0 + ($1.direction == award.direction ? $1.quantity.watts : 0) }
            return sold > (award.direction == .up ? self.resources[index].heldUp : self.resources[index].heldDown)
        }
        return short.map(\.block.end).min()
    }

    /// The room that can be sold of a point: with all the energy behind it that a sale wants, also while less is held.
    func saleable(_ place: Place) -> Bounds {
        var room = self.points[place.worker][place.slot].bounds
        let index = Int(self.fleet.lines[place.line].resource)
        guard index < self.resources.count, self.resources[index].shortness != nil, room.low < room.high else {
            return room
        }
        let whole = self.task(place).bounds(
            at: self.now, endurance: self.endurance(index), watchdog: self.configuration.watchdog)
        room.low = min(max(room.low, whole.low), room.base)
        room.high = max(min(room.high, whole.high), room.base)
        return room
    }
}
