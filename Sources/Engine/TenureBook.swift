import Domain

/// Who was paid under which terms when: versions of contracts and changes of hands, as far back as a block may reach.
struct TenureBook: Sendable, Codable {
    /// Until `until` a vehicle was under another contract.
    private struct Handover: Sendable, Codable {
        var until: Instant
        var contract: ContractID
    }
    /// Most versions of a contract and changes of a vehicle that are kept; of more the oldest go.
    static let most = 32

    /// By validFrom, oldest first.
    private var versions: [ContractID: [ContractTerms]] = [:]
    /// By the vehicle's index; those that never changed have none.
    private var handovers: [Int: [Handover]] = [:]

    /// A contract as it is enrolled. Its first version counts from ever, a later one that names no time from `now`; the
    /// same again changes nothing, and one for the same instant takes the place of the other.
    mutating func note(_ terms: ContractTerms, at now: Instant) {
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
    mutating func note(_ vehicle: Int, from before: VehicleTerms, to after: VehicleTerms, at now: Instant) {
        guard before.contract != after.contract || before.owner != after.owner else { return }
        let known = (self.handovers[vehicle] ?? []) + [Handover(until: now, contract: before.contract)]
        self.handovers[vehicle] = known.suffix(Self.most)
    }

    /// The block cut at each change, with whole seconds of each part; equal neighbours are one.
    /// - Parameter contract: the vehicle's now.
    func parts(
        of vehicle: Int, _ contract: ContractID, in block: MarketInterval
    ) -> [(terms: ContractTerms, seconds: Int)] {
        var parts: [(terms: ContractTerms, seconds: Int)] = []
        var start = block.start
        let held = self.handovers[vehicle] ?? []
        for (until, contract) in held.map({ ($0.until, $0.contract) }) + [(block.end, contract)] where until > start {
            let end = min(until, block.end)
            self.cut(contract, start, end, into: &parts)
            start = end
        }
        return parts
    }

    private func cut(
        _ contract: ContractID, _ start: Instant, _ end: Instant,
        into parts: inout [(terms: ContractTerms, seconds: Int)]
    ) {
        guard let versions = self.versions[contract], !versions.isEmpty else { return }
        for (index, terms) in versions.enumerated() {
            // Before its first version a contract is what that version says.
            let from = index == 0 ? Instant.distantPast : terms.validFrom ?? .distantPast
            let to = index + 1 < versions.count ? versions[index + 1].validFrom ?? .distantPast : .distantFuture
            let seconds = min(end, to).seconds - max(start, from).seconds
            guard max(start, from) < min(end, to), seconds > 0 else { continue }
            if let last = parts.indices.last, parts[last].terms == terms {
                parts[last].seconds += seconds
            } else {
                parts.append((terms, seconds))
            }
        }
    }

    func fingerprint(into mark: inout Fingerprint) {
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
