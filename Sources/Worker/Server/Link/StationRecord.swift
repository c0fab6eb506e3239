import Domain
import OCPP

/// What the server knows of a station beyond one connection: a station that comes back boots no second time.
struct StationRecord: Sendable {
    struct Boot: Hashable, Sendable {
        var vendor: String
        var model: String
    }
    struct Transaction: Hashable, Sendable {
        var id: String
        var token: TokenID?
    }
    /// Transactions that ended a while ago are told apart from new ones, so that a replay revives none.
    static let mostEnded = 16

    var boot: Boot?
    var model = DeviceModel()
    var transactions: [Int: Transaction] = [:]
    var needs: [Int: ChargingNeeds] = [:]
    /// EVSEs that were ever heard of.
    var evses: Set<Int> = []
    private(set) var ended: [String] = []

    mutating func end(_ evse: Int) -> Transaction? {
        guard let transaction = self.transactions.removeValue(forKey: evse) else { return nil }
        self.needs[evse] = nil
        self.markEnded(transaction.id)
        return transaction
    }

    mutating func markEnded(_ id: String) {
        guard !self.ended.contains(id) else { return }
        if self.ended.count >= Self.mostEnded { self.ended.removeFirst() }
        self.ended.append(id)
    }

    func evse(of transaction: String) -> Int? {
        self.transactions.first { $0.value.id == transaction }?.key
    }
}
