import Synchronization

@testable import Storage

/// A database that, while it is flaky, answers every other time only: what asks is answered, what writes then is not.
final class FlakyDatabase: Database {
    private let inner: any Database
    private let state = Mutex((isFlaky: false, asked: 0))
    var dialect: SQLDialect { self.inner.dialect }

    init(inner: any Database) { self.inner = inner }

    var isFlaky: Bool {
        get { self.state.withLock { $0.isFlaky } }
        set { self.state.withLock { $0 = (newValue, 0) } }
    }

    func transaction<Value: Sendable>(
        as scope: TenantScope, _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws -> Value {
        let isRefused = self.state.withLock { state in
            state.asked += 1
            return state.isFlaky && state.asked.isMultiple(of: 2)
        }
        return try await self.inner.transaction(as: scope) { session in
            let value = try body(session)
            if isRefused { throw StorageError(.unavailable, "gone in the middle") }
            return value
        }
    }

    func close() async { await self.inner.close() }
}
