import Control
import Domain
import Synchronization

extension WorkerCore {
    /// Takes down what is asked, told and measured at this moment; called 20 times a second.
    func prove(at now: Instant) {
        guard let proof = self.proof else { return }
        let looksAtMeters = proof.isMeterDue(now)
        let (moments, milliHertz) = self.state.withLock { state -> ([EdgeMoment], Int?) in
            guard looksAtMeters else { return (state.edge.moments(), state.edge.freshFrequency(at: now)) }
            let slots = state.table.slots
            let moments = state.edge.moments { slot in
                guard Int(slot) < slots.count, let meter = slots[Int(slot)].meter,
                    now - meter.at <= ProofRecorder.meterHold
                else { return nil }
                return meter.power?.watts
            }
            return (moments, state.edge.freshFrequency(at: now))
        }
        proof.take(moments, milliHertz: milliHertz, at: now)
    }

    /// Writes what is not written yet of the activations that run.
    func closeProof() { self.proof?.close() }
}
