/// Why a transaction was not posted. A wrong ledger does not heal by replay, so nothing is posted by half.
public struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case unbalanced
        case empty
        case differs
        case unknownReversal
        /// A reversal that is not the exact opposite, or the second one of the same transaction.
        case badReversal
        /// A table that cannot be read.
        case unreadable
    }
    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }
}
