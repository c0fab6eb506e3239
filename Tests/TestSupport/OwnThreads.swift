import Dispatch
import Foundation
import Synchronization
package import Testing

/// Runs tests on threads beside Swift's own pool, which has one a core for everybody: for those that wait for programs,
/// so that they hold up nobody, and for those that live by the wall clock, so that nobody holds up them.
package struct OwnThreadsTrait: TestTrait, SuiteTrait, TestScoping {
    package var isRecursive: Bool { true }

    @concurrent package func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(TestThreads.shared) { try await function() }
    }
}

extension Trait where Self == OwnThreadsTrait {
    /// For tests that wait for programs, or live by the wall clock.
    package static var ownThreads: Self { Self() }
}

/// A fixed number of threads that take jobs in order.
private final class TestThreads: TaskExecutor {
    static let shared = TestThreads(count: 32)

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
