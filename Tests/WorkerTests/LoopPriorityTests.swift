import Glibc
import Testing

@testable import Worker

/// Orders are written ahead of others, and nothing else is.
@Suite struct LoopPriorityTests {
    private func niceness() -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

    @Test(.enabled(if: LoopPriority.isAllowed(), "the kernel does not let this user raise a thread"))
    func manyFramesAreWrittenAheadAndThenNothing() {
        let usual = self.niceness()
        var (few, many) = (usual, usual)
        LoopPriority.raised(for: LoopPriority.leastFrames - 1) { few = self.niceness() }
        LoopPriority.raised(for: LoopPriority.leastFrames) { many = self.niceness() }
        #expect(few == usual && many == LoopPriority.niceness && self.niceness() == usual)
    }
}
