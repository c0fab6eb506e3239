/// Why a transaction was not posted. A wrong ledger does not heal by replay, so nothing is posted by half.
package struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case unbalanced
        case empty
        case differs
        case unknownReversal
        /// A reversal that is not the exact opposite, or the second one of the same transaction.
        case badReversal
    }
    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
