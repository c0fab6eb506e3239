import Foundation
import Synchronization
import TestSupport
import Testing

/// The aggregator's wall clock jumps by five minutes while the fleet exports, and back again.
@Suite(.wantsHeadroom, .ownThreads) struct ClockFaultTests {
    @Test(.timeLimit(.minutes(8)), arguments: [300, -300]) func steppedClock(_ seconds: Int) async throws {
        let sign = seconds > 0 ? "+" : "−"
        let name = "aggregator's clock \(sign) 5 min, and back"
        let shim = Mutex<ClockShim?>(nil)
        var terms = FaultPlant.Terms(name: name, seed: 6, seconds: 150)
        terms.environment = { plant in
            guard let made = try ClockShim(folder: plant.folder) else { return [:] }
            shim.withLock { $0 = made }
            return ["aggregator": made.environment]
        }
        try await FaultPlant.run(terms) { plant in
            guard let shim = shim.withLock({ $0 }) else { return Verdicts.skipped(name, "no C compiler") }
            // A step that does not stand is no time: blocks, leases and signals go on as if nothing were.
            try await plant.fault(name, resume: 1) {
                try shim.step(to: seconds)
                try await plant.pause(75)
                try shim.step(to: 0)
            }
        }
    }
}
