public import Domain

/// The books: append-only, each transaction balanced to zero per unit, corrected only by reversal.
public struct AccountBook: Sendable, Codable {
    /// Sum of one account in one unit.
    public struct Line: Hashable, Sendable, Codable {
        public var account: String
        public var unit: LedgerUnit

        public init(account: String, unit: LedgerUnit) {
            self.account = account
            self.unit = unit
        }
    }
    public private(set) var transactions: [LedgerTransaction] = []
    public private(set) var balances: [Line: Int] = [:]
    private var known: [String: Int] = [:]
    private var reversed: Set<String> = []

    public init() {}

    /// Posts a transaction. The same one again changes nothing and returns false; another of the same id throws.
    @discardableResult
    public mutating func post(_ transaction: LedgerTransaction) throws(LedgerError) -> Bool {
        if let index = self.known[transaction.id] {
            guard self.transactions[index] == transaction else {
                throw LedgerError(
                    .differs, "\(transaction.id) was posted before with other entries")
            }
            return false
        }
        try verifyBalance(transaction)
        try self.verifyReversal(transaction)
        if let reversed = transaction.reverses { self.reversed.insert(reversed) }
        self.known[transaction.id] = self.transactions.count
        self.transactions.append(transaction)
        for entry in transaction.entries {
            self.balances[Line(account: entry.account, unit: entry.unit), default: 0] +=
                entry.amount
        }
        return true
    }

    /// Lets go of all but the latest transactions, at least `count` of them or as many as have `entries`, the last one in
    /// any case: the database has them all. Balances stay.
    /// What is let go of can be posted again and cannot be reversed here.
    public mutating func forget(beyond count: Int, entries: Int = .max) {
        var (kept, sum) = (0, 0)
        for transaction in self.transactions.reversed() {
            sum += transaction.entries.count
            guard kept < count, kept == 0 || sum <= entries else { break }
            kept += 1
        }
        // Of short ones now and then, and then many at once.
        let surplus = self.transactions.count - kept
        guard surplus > 0, kept < count || surplus > count / 4 else { return }
        self.transactions.removeFirst(surplus)
        self.known = [:]
        for (index, transaction) in self.transactions.enumerated() { self.known[transaction.id] = index }
    }

    private func verifyReversal(_ transaction: LedgerTransaction) throws(LedgerError) {
        guard let name = transaction.reverses else { return }
        try verifyOpposite(
            transaction, of: self.known[name].map { self.transactions[$0] }, isFirst: !self.reversed.contains(name))
    }

    /// A transaction that takes back another, entry by entry.
    public static func reversal(
        of transaction: LedgerTransaction, at instant: Instant, why: String
    ) -> LedgerTransaction {
        var reversed = transaction
        reversed.id = "reverse:\(transaction.id)"
        reversed.at = instant
        reversed.memo = why
        reversed.reverses = transaction.id
        reversed.entries = transaction.entries.map { entry in
            var entry = entry
            entry.amount = -entry.amount
            return entry
        }
        return reversed
    }

    /// What `unit` sums up to over all accounts: zero, always.
    public func total(_ unit: LedgerUnit) -> Int {
        self.balances.reduce(0) { $1.key.unit == unit ? $0 + $1.value : $0 }
    }

    /// Recomputes everything from `transactions`; each finding is one line, none means the books are sound.
    public static func findings(in transactions: some Sequence<LedgerTransaction>) -> [String] {
        var book = AccountBook()
        var findings: [String] = []
        for transaction in transactions {
            do {
                if try !book.post(transaction) { findings.append("\(transaction.id) stands twice") }
            } catch {
                findings.append(error.message)
            }
        }
        return findings
    }
}

/// Throws where a transaction is empty or does not balance to zero in some unit.
public func verifyBalance(_ transaction: LedgerTransaction) throws(LedgerError) {
    guard !transaction.entries.isEmpty else {
        throw LedgerError(.empty, "\(transaction.id) has no entries")
    }
    var sums: [LedgerUnit: Int] = [:]
    for entry in transaction.entries { sums[entry.unit, default: 0] += entry.amount }
    for (unit, sum) in sums where sum != 0 {
        throw LedgerError(.unbalanced, "\(transaction.id) is off by \(sum) in \(unit)")
    }
}

/// Throws where a reversal does not take back one transaction, whole and once.
func verifyOpposite(
    _ transaction: LedgerTransaction, of original: LedgerTransaction?, isFirst: Bool
) throws(LedgerError) {
    guard let original else {
        throw LedgerError(
            .unknownReversal, "\(transaction.id) reverses \(transaction.reverses ?? ""), which is not here")
    }
    let opposite = AccountBook.reversal(of: original, at: transaction.at, why: transaction.memo)
    guard opposite.entries == transaction.entries, isFirst else {
        throw LedgerError(
            .badReversal, "\(transaction.id) must be the opposite of \(original.id), and the only one")
    }
}
