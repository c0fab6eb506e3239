import Domain

// A block of a hundred thousand cars is 40 MB as one row: more than an entry of a journal may be, and than should be in
// memory at once a few times over.
extension Record {
    /// Shares or entries of one part: some 4 MB.
    static let mostInPart = 10_000

    /// The record as parts of bounded size, in the order in which they go to the database: what belongs to a row comes
    /// before it, so that a row that can be seen is whole.
    func parts(of most: Int = Self.mostInPart) -> [Record] {
        switch self {
        case .block(let block) where block.shares.count > most:
            var bare = block
            bare.shares = []
            return Self.pieces(block.shares, of: most) {
                .shares($0, from: $1, of: block.award, tenant: block.tenant, region: block.region)
            } + [.block(bare)]
        case .transaction(let transaction) where transaction.entries.count > most:
            var bare = transaction
            bare.entries = []
            return Self.pieces(transaction.entries, of: most) {
                .entries($0, from: $1, of: transaction.id, tenant: transaction.tenant, region: transaction.region)
            } + [.transaction(bare)]
        default: return [self]
        }
    }

    private static func pieces<Element>(
        _ all: [Element], of most: Int, _ part: ([Element], Int) -> Record
    ) -> [Record] {
        stride(from: 0, to: all.count, by: most).map { part(Array(all[$0..<min($0 + most, all.count)]), $0) }
    }
}
