/// Why the engine's service or a replay cannot go on.
package struct AggregatorError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// Bytes that are no record of a journal.
        case badRecord
        /// A journal whose first record names no leader.
        case noLeader
        /// The state after replay is not the one that was journalled.
        case diverged
        /// The journal cannot be written: what is not journalled must not be applied.
        case journalLost
    }
    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
