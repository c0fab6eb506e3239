import Domain
import OCPP

/// What the answers to dispatch tell of the station, beside what becomes of the order.
extension StationLink {
    /// The dialect as it is spoken now.
    var spoken: Dialect { self.dialect.effective(self.record.model, self.record.probe) }

    mutating func dispatched(_ answer: DispatchAnswer, _ evse: Int, at now: Instant) -> [LinkOutput] {
        let verdict = self.probed(answer, evse)
        guard verdict == .sayAnew else {
            let reports = self.dispatchers[evse]?.completed(answer, at: now.wire) ?? []
            self.record.bottoms[evse] = self.dispatchers[evse]?.standingBottom
            let told = verdict == .learned ? self.adopted() : []
            return self.answers(reports, at: now) + told
        }
        self.dispatchers[evse]?.sayAnew()
        return [.counted("probed")] + self.adopted()
    }

    /// Only a frame that the probe saw go out counts.
    mutating func probed(_ answer: DispatchAnswer, _ evse: Int) -> CapabilityProbe.Verdict {
        guard let call = self.said.removeValue(forKey: evse) else { return .stands }
        let verdict = self.record.probe.heard(
            answer, to: call, open: self.dialect.untold(self.record.model),
            isBottom: self.dispatchers[evse]?.isBottomInFlight ?? false)
        if verdict != .stands, let memory = self.record.memory { self.policy.remembers(self.station, memory) }
        return verdict
    }

    private mutating func adopted() -> [LinkOutput] {
        self.relearn()
        return self.tellCapabilities()
    }
}
