import Domain
package import OCPP

/// What the server knows of a station beyond one connection: a station that comes back boots no second time.
struct StationRecord: Sendable {
    struct Boot: Hashable, Sendable {
        var vendor: String
        var model: String
        var firmware: String?
    }
    struct Transaction: Hashable, Sendable {
        var id: String
        var token: TokenID?
    }
    /// Transactions that ended a while ago are told apart from new ones, so that a replay revives none.
    static let mostEnded = 16

    var boot: Boot?
    var model = DeviceModel()
    /// What was found out by trying; as old as the firmware.
    var probe = CapabilityProbe()
    var transactions: [Int: Transaction] = [:]
    var needs: [Int: ChargingNeeds] = [:]
    var streams = EventStreams()
    /// The TxDefaultProfiles that the station holds of us, by EVSE; a boot makes them unknown.
    var bottoms: [Int: BottomProfile] = [:]
    /// EVSEs that were ever heard of.
    var evses: Set<Int> = []
    private(set) var ended: [String] = []

    /// What is worth keeping over a restart; nil while there is nothing.
    var memory: StationMemory? {
        guard let boot = self.boot, self.probe.isWorthKeeping else { return nil }
        return StationMemory(vendor: boot.vendor, model: boot.model, firmware: boot.firmware, probe: self.probe)
    }

    /// Takes what was kept, where it is of the station's present firmware or nothing is known of it yet.
    mutating func recall(_ memory: StationMemory?) {
        guard let memory, self.probe.isBlank else { return }
        let boot = Boot(vendor: memory.vendor, model: memory.model, firmware: memory.firmware)
        guard self.boot == nil || self.boot == boot else { return }
        self.boot = boot
        self.probe = memory.probe
    }

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

/// What the worker remembers of a station's capability from one life to the next.
package struct StationMemory: Hashable, Sendable, Codable {
    package var vendor: String
    package var model: String
    package var firmware: String?
    package var probe: CapabilityProbe
}
