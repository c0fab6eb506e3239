import Dispatch
import Foundation
import Synchronization

/// One thread that runs blocking work in order, off the cooperative pool; what waits is bounded.
final class WorkThread: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var isClosed = false
    }
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let limit: Int

    init(name: String, limit: Int) {
        self.limit = limit
        let thread = Thread { [self] in self.loop() }
        thread.name = name
        thread.start()
    }

    private func loop() {
        while true {
            self.work.wait()
            let (job, isOver) = self.state.withLock { state in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isClosed)
            }
            if let job { job() } else if isOver { return }
        }
    }

    /// Runs `body` on the thread and returns what it returns.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Value, any Error>) in
            let refusal = self.state.withLock { state -> StorageError? in
                if state.isClosed { return StorageError(.closed, "the database is closed: open it again") }
                if state.jobs.count >= self.limit {
                    return StorageError(.overloaded, "too many database calls wait: try again later")
                }
                state.jobs.append { continuation.resume(with: Result(catching: body)) }
                return nil
            }
            if let refusal { continuation.resume(throwing: refusal) } else { self.work.signal() }
        }
    }

    func close() {
        self.state.withLock { $0.isClosed = true }
        self.work.signal()
    }
}
