package import Domain
import GridCodes

/// A posting followed back to the signal and the meter that it came from, in sentences: what was sold and for how much,
/// what was asked, what the meters showed, what follows from both, and who got which part by which contract.
package struct PostingChain: Sendable {
    package let transaction: LedgerTransaction
    /// What it settles; nil where it is no settlement of a block.
    package let block: BlockResult?
    private var bid: Bid?
    private var baseline: DeclaredBaseline?
    private var signals = (count: 0, first: Instant.distantFuture, last: Instant.distantPast)
    private var check: BlockCheck?
    private var activeSeconds = 0
    private var readings: [VehicleID: Readings] = [:]

    /// What the meter at one car's charging point showed between the first and the last reading of a block.
    package struct Readings: Hashable, Sendable {
        package var count: Int
        package var first: Instant
        package var last: Instant
        /// By the registers.
        package var imported: Energy
        package var exported: Energy

        package init(count: Int, first: Instant, last: Instant, imported: Energy, exported: Energy) {
            self.count = count
            self.first = first
            self.last = last
            self.imported = imported
            self.exported = exported
        }
    }

    package init(_ transaction: LedgerTransaction, block: BlockResult?) {
        self.transaction = transaction
        self.block = block
        self.check = block.map { BlockCheck($0) }
    }

    /// The award whose settlement a posting is, and which computation of it, 0 for the first; nil for other postings. What
    /// ends in `:rN` is a later one, unless an award is called so.
    package static func source(of posting: String) -> (award: AwardID, revision: Int)? {
        var parts = posting.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1, parts.removeFirst() == "block" else { return nil }
        if parts.count > 1, parts.last == "energy" { parts.removeLast() }
        var revision = 0
        if parts.count > 1, let last = parts.last, last.first == "r", let number = Int(last.dropFirst()), number > 0 {
            revision = number
            parts.removeLast()
        }
        return (AwardID(parts.joined(separator: ":")), revision)
    }

    /// Until when its metered seconds are taken: a score may look a moment behind the block.
    package var end: Instant { self.check?.end ?? .distantPast }

    /// Takes the bid and the baseline that was declared with it.
    package mutating func take(bid: Bid?, baseline: DeclaredBaseline?) {
        self.bid = bid
        self.baseline = baseline
    }

    package mutating func take(signals count: Int, from first: Instant, to last: Instant) {
        self.signals = (count, first, last)
    }

    package mutating func take(_ readings: Readings, of vehicle: VehicleID) { self.readings[vehicle] = readings }

    /// Takes the next metered seconds of the block's resource.
    package mutating func take(_ samples: [DeliverySample]) {
        guard let award = self.block?.award else { return }
        self.check?.take(samples)
        self.activeSeconds += samples.count {
            $0.product == award.product && award.block.contains($0.at) && $0.requested.watts != 0
        }
    }

    /// The chain, a sentence a link, the posting last.
    /// - Parameters:
    ///   - vehicle: only this car's part; nil: every car's, at most `most` of them.
    ///   - owner: only this owner's cars.
    ///   - time: how an instant is written.
    package func sentences(
        vehicle: VehicleID? = nil, owner: OwnerID? = nil, most: Int = 50, _ time: (Instant) -> String
    ) -> [String] {
        guard let block else {
            return ["no block is settled by \(self.transaction.id)"] + self.entries(vehicle, owner, most)
        }
        let shares = block.shares.filter { (vehicle ?? $0.vehicle) == $0.vehicle && (owner ?? $0.owner) == $0.owner }
        var lines = self.sale(block, time) + self.delivery(block, time) + self.again(block, time) + self.payment(block)
        for share in shares.prefix(most) { lines += self.share(share, block, time) }
        if shares.count > most { lines.append("and \(shares.count - most) more cars") }
        return lines + self.entries(vehicle, owner, most)
    }

    private func sale(_ block: BlockResult, _ time: (Instant) -> String) -> [String] {
        let award = block.award
        var lines: [String] = []
        if let bid {
            lines.append(
                "bid \(bid.id): \(bid.call.reference.isEmpty ? "" : "call \(bid.call.reference), ")"
                    + "\(bid.quantity.watts) W \(bid.direction.rawValue), held with \(bid.confidence / 100) %: "
                    + bid.explanation)
        } else {
            lines.append("bid \(award.bid): its row is missing")
        }
        lines.append(
            "award \(award.id): \(award.quantity.watts) W of \(award.product) \(award.direction.rawValue) by "
                + "\(award.resource) from \(time(award.block.start)) to \(time(award.block.end)) at "
                + "\(text(award.pricePerMegawattHour)) per MW and hour and \(text(award.energyPricePerMegawattHour)) per MWh"
        )
        if let baseline {
            let watts = baseline.power(at: award.block.start).watts
            lines.append("baseline: \(watts) W were declared at \(time(baseline.submittedAt))")
        }
        return lines
    }

    private func delivery(_ block: BlockResult, _ time: (Instant) -> String) -> [String] {
        var lines: [String] = []
        if self.signals.count > 0 {
            lines.append(
                "signal: \(self.signals.count) rows from \(time(self.signals.first)) to \(time(self.signals.last))")
        } else {
            lines.append("signal: none is kept of this time; what was asked is in the metered seconds")
        }
        lines.append(
            "meter: \(self.check?.seconds ?? 0) seconds, in \(self.activeSeconds) of them something was asked: "
                + "\(block.requested.wattSeconds) Ws requested, \(block.delivered.wattSeconds) Ws delivered of it, "
                + "\(block.overDelivered.wattSeconds) Ws beyond it; performance \(block.performance) of 10,000"
                + (block.proof.map { " by \($0.terms.method.rawValue), of a score of \($0.score)" } ?? ""))
        return lines
    }

    private func again(_ block: BlockResult, _ time: (Instant) -> String) -> [String] {
        guard let revision = block.revision else { return [] }
        return [
            "computation \(revision) of the block, at \(time(block.settledAt)): with readings and prices that came after the "
                + "one before it, whose postings are reversed"
        ]
    }

    private func payment(_ block: BlockResult) -> [String] {
        let award = block.award
        let terms = block.proof?.terms ?? .plain
        let capacity = terms.capacityPerMille == 1_000 ? "" : " × \(terms.capacityPerMille)/1,000"
        let mileage = Money(microUnits: terms.mileagePrice, currency: award.pricePerMegawattHour.currency)
        let energy = terms.energyPerMille == 1_000 ? "" : " × \(terms.energyPerMille)/1,000"
        return [
            "availability: (\(text(award.pricePerMegawattHour)) × \(award.quantity.watts) W × "
                + "\(award.block.duration.seconds) s\(capacity)"
                + (terms.mileagePrice == 0 ? "" : " + \(text(mileage)) × \(block.proof?.path ?? 0) W of path")
                + ") × \(block.performance)/10,000 = \(text(block.availabilityPayment))",
            "energy: \(text(award.energyPricePerMegawattHour)) × \(block.delivered.wattSeconds) Ws\(energy) = "
                + text(block.energyPayment),
        ] + self.besides(block)
    }

    /// What the market takes and gives beside its payments; nothing of it is an owner's.
    private func besides(_ block: BlockResult) -> [String] {
        var lines: [String] = []
        if let penalty = block.penalty {
            let settlement = Settlement(block)
            let isOwn = settlement.damages == penalty
            let why =
                isOwn
                ? "score \(block.proof?.score ?? 0) and held \(settlement.availability) of 10,000, by the product's rule"
                : "as the operator named it"
            lines.append("penalty: \(why), = \(text(penalty)), the aggregator's")
        }
        if let imbalance = block.imbalance {
            let energy = block.proof?.imbalance
            lines.append(
                "imbalance: \(energy?.surplus.wattSeconds ?? 0) Ws more and \(energy?.shortage.wattSeconds ?? 0) Ws less "
                    + "than was asked, at the prices of their seconds = \(text(imbalance)), the aggregator's")
        }
        return lines
    }

    private func share(_ share: BlockResult.Share, _ block: BlockResult, _ time: (Instant) -> String) -> [String] {
        var line =
            "\(share.vehicle) of \(share.owner): held \(share.headroomHeld.wattSeconds) of \(block.totalHeld.wattSeconds)"
            + " Ws and delivered \(share.delivered.wattSeconds) of \(block.totalDelivered.wattSeconds) Ws: "
            + "\(text(share.availability)) and \(text(share.energy))"
        line +=
            "; by contract \(share.contract) \(text(share.wear)) of it are for wear of "
            + "\(share.discharged.wattSeconds) Ws discharged, and of the rest \(share.ownerShare)/10,000 are the owner's: "
            + "earned \(text(share.earned)), fee \(text(share.fee))"
        guard let readings = self.readings[share.vehicle] else { return [line] }
        return [
            line,
            "\(share.vehicle): \(readings.count) readings from \(time(readings.first)) to \(time(readings.last)): "
                + "its registers counted \(readings.imported.wattSeconds) Ws in and \(readings.exported.wattSeconds) Ws out",
        ]
    }

    private func entries(_ vehicle: VehicleID?, _ owner: OwnerID?, _ most: Int) -> [String] {
        let wanted = self.transaction.entries.filter { entry in
            (entry.vehicle == nil || vehicle == nil || entry.vehicle == vehicle)
                && (owner.map { !entry.account.hasPrefix("owner:") || entry.account.hasPrefix("owner:\($0):") } ?? true)
        }
        let lines = wanted.prefix(most + 2).map { entry in
            let unit =
                switch entry.unit {
                case .money(let currency):
                    "\(Money(microUnits: entry.amount, currency: currency).decimal) \(currency.rawValue)"
                case .energy: "\(entry.amount) Ws"
                }
            return "posting \(self.transaction.id): \(entry.account) \(unit)"
                + (entry.vehicle.map { " for \($0)" } ?? "")
        }
        return Array(lines) + (wanted.count > lines.count ? ["and \(wanted.count - lines.count) more entries"] : [])
    }

    /// What does not agree between the rows of the chain; empty where every link holds.
    /// - Parameters:
    ///   - award: as it was accepted.
    ///   - posted: the postings by id.
    package func differences(award: Award?, posted: (String) -> LedgerTransaction?) -> [BlockCheck.Difference] {
        self.check?.differences(award: award, posted: posted) ?? []
    }
}

private func text(_ money: Money) -> String { "\(money.decimal) \(money.currency.rawValue)" }
