import Domain
import OCPP

/// What the answers to dispatch tell of the station, beside what becomes of the order.
extension StationLink {
    /// The dialect as it is spoken now.
    var spoken: Dialect { self.dialect.effective(self.record.model, self.record.probe) }

    mutating func dispatched(_ answer: DispatchAnswer, _ evse: Int, at now: Instant) -> [LinkOutput] {
        let verdict = self.probed(answer, evse)
        guard verdict == .sayAnew else {
            let movesBottom = self.withDispatcher(evse) { $0.movesBottom } ?? false
            let reports = self.withDispatcher(evse) { $0.completed(answer, at: now.wire) } ?? []
            if movesBottom { self.record.bottoms[evse] = self.withDispatcher(evse) { $0.standingBottom } ?? nil }
            let told = verdict == .learned ? self.adopted() : []
            return self.answers(reports, at: now) + told
        }
        self.dispatchers[evse]?.sayAnew()
        return [.counted("probed")] + self.adopted()
    }

    /// Only a frame that the probe saw go out counts.
    mutating func probed(_ answer: DispatchAnswer, _ evse: Int) -> CapabilityProbe.Verdict {
        guard let said = self.said, said.evse == evse else { return .stands }
        self.said = nil
        // Only after a refusal is anything tried.
        let open = answer == .accepted ? [] : self.dialect.untold(self.record.model)
        let isBottom = self.withDispatcher(evse) { $0.isBottomInFlight } ?? false
        let verdict = self.record.probe.heard(answer, to: said.call, open: open, isBottom: isBottom)
        if verdict != .stands, let memory = self.record.memory { self.policy.remembers(self.station, memory) }
        return verdict
    }

    private mutating func adopted() -> [LinkOutput] {
        self.relearn()
        return self.tellCapabilities()
    }
}
