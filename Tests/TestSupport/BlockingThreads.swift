import Dispatch
import Foundation
import Synchronization
package import Testing

/// Runs each test on threads that may block, so that tests of whole processes run side by side: waiting for a program
/// then holds up nobody else, where Swift's own pool has one thread a core for all of them.
package struct BlockingTrait: TestTrait, SuiteTrait, TestScoping {
    package var isRecursive: Bool { true }

    @concurrent package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(BlockingThreads.shared) { try await function() }
    }
}

extension Trait where Self == BlockingTrait {
    /// For tests that wait for programs.
    package static var mayBlock: Self { Self() }
}

/// A fixed number of threads that take jobs in order.
private final class BlockingThreads: TaskExecutor {
    static let shared = BlockingThreads(count: 16)

    private let jobs = Mutex<[UnownedJob]>([])
    private let work = DispatchSemaphore(value: 0)

    private init(count: Int) {
        for number in 1...count {
            let thread = Thread { [self] in self.loop() }
            thread.name = "test-\(number)"
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.jobs.withLock { $0.append(job) }
        self.work.signal()
    }

    private func loop() {
        while true {
            self.work.wait()
            let job = self.jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            unsafe job?.runSynchronously(on: self.asUnownedTaskExecutor())
        }
    }
}
