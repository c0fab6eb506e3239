public import Domain

/// Who was paid under which terms when: versions of contracts and changes of hands, as far back as a block may reach.
public struct TenureBook: Sendable, Codable {
    /// A part of a time under one contract.
    public struct Part: Hashable, Sendable {
        public var terms: ContractTerms
        public var start: Instant
        public var seconds: Int
    }
    /// Until `until` a vehicle was under another contract.
    private struct Handover: Sendable, Codable {
        var until: Instant
        var contract: ContractID
    }
    /// Most versions of a contract and changes of a vehicle that are kept; of more the oldest go.
    public static let most = 32

    /// By validFrom, oldest first.
    private var versions: [ContractID: [ContractTerms]] = [:]
    /// By the vehicle's index; those that never changed have none.
    private var handovers: [Int: [Handover]] = [:]

    public init() {}

    /// A contract as it is enrolled. Its first version counts from ever, a later one that names no time from `now`; the
    /// same again changes nothing, and one for the same instant takes the place of the other.
    public mutating func note(_ terms: ContractTerms, at now: Instant) {
        var known = self.versions[terms.id] ?? []
        var version = terms
        if terms.validFrom == nil {
            var last = known.last
            last?.validFrom = nil
            guard last != terms else { return }
            version.validFrom = known.isEmpty ? .distantPast : now
        }
        known.removeAll { $0.validFrom == version.validFrom }
        known.append(version)
        known.sort { ($0.validFrom ?? .distantPast) < ($1.validFrom ?? .distantPast) }
        self.versions[terms.id] = known.suffix(Self.most)
    }

    /// A vehicle's owner or contract changes at `now`.
    public mutating func note(_ vehicle: Int, from before: VehicleTerms, to after: VehicleTerms, at now: Instant) {
        guard before.contract != after.contract || before.owner != after.owner else { return }
        self.note(vehicle, until: now, under: before.contract)
    }

    /// Until an instant a vehicle was under another contract than since; those of a vehicle come in the order of time.
    public mutating func note(_ vehicle: Int, until: Instant, under contract: ContractID) {
        let known = (self.handovers[vehicle] ?? []) + [Handover(until: until, contract: contract)]
        self.handovers[vehicle] = known.suffix(Self.most)
    }

    /// The block cut at each change, with whole seconds of each part; equal neighbours are one.
    /// - Parameter contract: the vehicle's now.
    public func parts(
        of vehicle: Int, _ contract: ContractID, in block: MarketInterval
    ) -> [Part] {
        var parts: [Part] = []
        var start = block.start
        let held = self.handovers[vehicle] ?? []
        for (until, contract) in held.map({ ($0.until, $0.contract) }) + [(block.end, contract)] where until > start {
            let end = min(until, block.end)
            self.cut(contract, start, end, into: &parts)
            start = end
        }
        return parts
    }

    /// The terms of a vehicle that was under one contract in one version all the time, as nearly all are; nil for others,
    /// of whom ``parts(of:_:in:)`` knows.
    public func sole(of vehicle: Int, _ contract: ContractID) -> ContractTerms? {
        guard self.handovers.isEmpty || self.handovers[vehicle] == nil, let known = self.versions[contract],
            known.count == 1
        else { return nil }
        return known[0]
    }

    private func cut(
        _ contract: ContractID, _ start: Instant, _ end: Instant,
        into parts: inout [Part]
    ) {
        guard let versions = self.versions[contract], !versions.isEmpty else { return }
        for (index, terms) in versions.enumerated() {
            // Before its first version a contract is what that version says.
            let from = index == 0 ? Instant.distantPast : terms.validFrom ?? .distantPast
            let to = index + 1 < versions.count ? versions[index + 1].validFrom ?? .distantPast : .distantFuture
            let seconds = min(end, to).seconds - max(start, from).seconds
            guard max(start, from) < min(end, to), seconds > 0 else { continue }
            // When terms began is no difference between them.
            var since = terms
            since.validFrom = parts.last?.terms.validFrom
            if let last = parts.indices.last, parts[last].terms == since,
                parts[last].start + .seconds(parts[last].seconds) == max(start, from)
            {
                parts[last].seconds += seconds
            } else {
                parts.append(Part(terms: terms, start: max(start, from), seconds: seconds))
            }
        }
    }

    /// Everything that decides or pays, in a fixed order.
    public func fingerprint(into mark: inout Fingerprint) {
        for (id, versions) in self.versions.sorted(by: { $0.key < $1.key }) where versions.count > 1 {
            mark.add(id.rawValue)
            for terms in versions {
                mark.add(terms.validFrom?.microseconds ?? -1)
                mark.add(terms.ownerShare)
                mark.add(terms.wearPerKilowattHour)
            }
        }
        for (vehicle, handovers) in self.handovers.sorted(by: { $0.key < $1.key }) {
            mark.add(vehicle)
            for handover in handovers {
                mark.add(handover.until.microseconds)
                mark.add(handover.contract.rawValue)
            }
        }
    }
}
