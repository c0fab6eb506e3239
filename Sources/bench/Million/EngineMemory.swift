import CTelemetry
import Domain
import Engine
import Foundation
import GridCodes

/// The whole engine with its cars enrolled, plugged in, read and sold: resident memory for each of them at 100,000 (what is
/// resident with them less what is without), and CPU time of a step that plans after 2 % of them changed. Beside it a step
/// that has nothing to plan, the first plan of all, and what workers hear: a change of plan against the whole one.
let engineMemory = Benchmark(name: "engine-memory") {
    let small = try figuresApart(10_000)
    let figures = try figuresApart(100_000)
    return Measurement(
        name: "engine-memory", unit: "bytes/vehicle", value: figures.bytes, beside: beside(figures, small))
}

/// The same with a million: takes minutes, most of them to bring the cars in.
let engineMillion = Benchmark(name: "engine-million", isByNameOnly: true) {
    let small = try figuresApart(100_000)
    let figures = try figuresApart(1_000_000)
    return Measurement(
        name: "engine-million", unit: "bytes/vehicle", value: figures.bytes, beside: beside(figures, small))
}

private func beside(_ figures: EngineFigures, _ small: EngineFigures) -> [String: Double] {
    [
        "a plan after 2 % changed, ms": figures.change, "a second without a plan, ms": figures.idle,
        "a point alone": Double(MemoryLayout<Point>.stride), "the first plan of a block, ms": figures.first,
        "naming a plan, ms": figures.naming,
        "slots told of a change": figures.told, "entries of all plans": figures.entries,
        "a tenth of the cars: bytes/vehicle": small.bytes, "a tenth of the cars: a plan, ms": small.change,
    ]
}

/// Asks this program to measure an engine of so many cars and print it.
let engineMemoryArgument = "--engine-memory"

private struct EngineFigures: Codable {
    var bytes: Double
    var first: Double
    var change: Double
    var idle: Double
    var naming: Double
    var told: Double
    var entries: Double
}

/// In a process of its own: what one size leaves in the heap would be another's.
private func figuresApart(_ count: Int) throws -> EngineFigures {
    try JSONDecoder().decode(EngineFigures.self, from: try outputApart([engineMemoryArgument, String(count)]))
}

/// Prints the figures of an engine with so many cars.
func printEngineMemory(_ count: Int) throws {
    let before = residentBytes()
    var plant = EnginePlant(count)
    plant.enrol()
    plant.register()
    for _ in 0..<12 { plant.second(changing: count) }
    let first = try plant.sell()
    for _ in 0..<6 { plant.second(changing: count / 50) }
    let bytes = Double(residentBytes() - before) / Double(count)
    var (changes, idles, namings): ([Int], [Int], [Int]) = ([], [], [])
    plant.told = 0
    var plans = 0
    for _ in 0..<30 {
        let step = plant.second(changing: count / 50)
        switch step.kind {
        case .planned:
            changes.append(step.nanoseconds)
            plans += 1
        case .named: namings.append(step.nanoseconds)
        case .idle: idles.append(step.nanoseconds)
        }
    }
    guard plans > 3, plant.wholes == plant.workers, plant.entries > count * 8 / 10 else {
        throw WrongResult(description: "\(plans) plans, \(plant.wholes) whole, \(plant.entries) entries")
    }
    func median(_ list: [Int]) -> Double { Double(list.sorted()[list.count / 2]) / 1e6 }
    let figures = EngineFigures(
        bytes: bytes, first: first, change: median(changes), idle: median(idles), naming: median(namings),
        told: Double(plant.told) / Double(plans), entries: Double(plant.entries))
    print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
}

/// An engine with workers that acknowledge what they are told; nothing else happens than cars that draw, and are read.
private struct EnginePlant {
    enum Kind { case planned, named, idle }
    private static let pointsOfASite = 20
    private let count: Int
    private let each: Int
    let workers: Int
    private var engine: AggregatorEngine
    private var now = Instant(seconds: 1_800_000_000)
    private var generator = SeededGenerator(seed: 17)
    private var records: [[headroom_record]] = []
    private var pending: [Event] = []
    private var sequence: UInt64 = 0
    private var bid: Bid?
    private(set) var entries = 0
    private(set) var wholes = 0
    /// Slots that workers were told a change of.
    var told = 0

    init(_ count: Int) {
        self.count = count
        self.each = min(50_000, count / 4)
        self.workers = count / self.each
        self.engine = AggregatorEngine(
            configuration: EngineConfiguration(
                tenant: "bench", zone: "zone", region: Self.region, epoch: Epoch(1),
                resources: [.init(id: "fleet", products: ["FR"])]))
    }

    private static let region = RegionPack(
        region: "bench", validFrom: "2026", currency: .eur, nominalMilliHertz: 50_000, holdLoadBelowMilliHertz: 49_800,
        holdLoadAboveMilliHertz: 50_200, plausibleMilliHertz: [45_000, 55_000], frequencyStaleMilliseconds: 1_500,
        fallbackSpreadSeconds: 30, rampWattsPerSecond: 1_000,
        products: [
            Product(
                id: "FR", name: "droop", activation: .localCurve, symmetry: .up,
                curve: [(49_500, 1000), (49_985, 0), (50_015, 0)].map { CurvePoint(milliHertz: $0.0, perMille: $0.1) },
                fullDeliveryMilliseconds: 5_000, needsResidentCurve: false, enduranceSeconds: 900,
                minimumBidWatts: 10_000, bidStepWatts: 10_000, blockSeconds: 3_600, blockAnchor: 0,
                gateClosureSeconds: 5, confidence: 9_900, sparePerMille: 150, gainPerMille: 1_030, slewPerMille: 0,
                holdSeconds: 10, score: .deliveredShare, availabilityPrice: 45_000_000, energyPrice: 120_000_000)
        ], sources: [])

    private func worker(_ number: Int) -> WorkerID { WorkerID("depot-\(number)") }

    mutating func enrol() {
        var changes: [EnrolmentChange] = [
            .owner(OwnerTerms(id: "o", tenant: "bench", name: "Owner")),
            .contract(
                ContractTerms(
                    id: "c", owner: "o", tenant: "bench", currency: .eur, ownerShare: 8_000,
                    wearPerKilowattHour: 40_000)),
        ]
        for site in 0..<(self.count + Self.pointsOfASite - 1) / Self.pointsOfASite {
            changes.append(
                .site(
                    SiteTerms(
                        id: SiteID("site-\(site)"), tenant: "bench", region: "bench", zone: "zone", resource: "fleet",
                        importLimit: Power(watts: 600_000), exportLimit: Power(watts: 600_000), staleLoad: .zero,
                        defaultStay: .hours(9), defaultTarget: StateOfCharge(basisPoints: 8_000))))
        }
        for worker in 0..<self.workers {
            for slot in 0..<self.each {
                let registration = MillionFleet.registration(worker: worker, slot: slot)
                let site = (worker * self.each + slot) / Self.pointsOfASite
                changes.append(.station(StationTerms(id: registration.station, site: SiteID("site-\(site)"))))
                changes.append(.vehicle(self.vehicle(worker * self.each + slot, registration)))
            }
        }
        _ = self.engine.step(changes.map(Event.enrolled), at: self.now)
    }

    private func vehicle(_ number: Int, _ registration: Registration) -> VehicleTerms {
        VehicleTerms(
            id: VehicleID("vehicle-\(number)"), owner: "o", contract: "c", tenant: "bench",
            tokens: registration.token.map { [$0] } ?? [], capacity: Energy(wattHours: 60_000),
            maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
            reserve: StateOfCharge(basisPoints: 2_000), efficiency: 9_500, dischargeConsentAt: .distantPast)
    }

    mutating func register() {
        var events: [Event] = []
        for worker in 0..<self.workers {
            events.append(.workerJoined(self.worker(worker), Incarnation(1)))
            for first in stride(from: 0, to: self.each, by: 500) {
                let some = (first..<min(first + 500, self.each)).map {
                    MillionFleet.registration(worker: worker, slot: $0)
                }
                events.append(.registered(self.worker(worker), Incarnation(1), some))
            }
            self.records.append((0..<self.each).map { self.record($0, in: worker) })
        }
        _ = self.engine.step(events, at: self.now)
    }

    private mutating func record(_ slot: Int, in worker: Int) -> headroom_record {
        let draw = self.generator.next()
        var record = headroom_record()
        record.slot = UInt32(slot)
        record.flags = UInt32(HEADROOM_ONLINE | HEADROOM_SOC_KNOWN)
        if draw % 10 != 0 { record.flags |= UInt32(HEADROOM_PLUGGED | HEADROOM_AVAILABLE) }
        record.power = draw % 10 == 0 ? 0 : 7_000
        (record.max_charge, record.max_discharge) = (22_000, 22_000)
        record.capacity = 60_000
        record.soc = UInt16(3_000 + draw >> 32 & 0xFFF)
        return record
    }

    /// One second: everybody reports and each tenth is read, after `changing` of them drew another state of charge; then
    /// one step, of which the CPU time of this thread counts.
    @discardableResult mutating func second(changing: Int, _ extra: [Event] = []) -> (kind: Kind, nanoseconds: Int) {
        self.now = self.now + .seconds(1)
        for _ in 0..<changing {
            let index = Int(self.generator.next() % UInt64(self.count))
            self.records[index / self.each][index % self.each] = self.record(index % self.each, in: index / self.each)
        }
        self.sequence += 1
        let isNaming = !self.pending.isEmpty
        var events = self.pending + extra
        self.pending = []
        for worker in 0..<self.workers { events += [self.telemetry(worker), self.readings(worker)] }
        let start = threadNanoseconds()
        let effects = self.engine.step(events, at: self.now)
        let time = threadNanoseconds() - start
        let isPlanned = self.hear(effects)
        return (isPlanned ? .planned : isNaming ? .named : .idle, time)
    }

    private mutating func hear(_ effects: [Effect]) -> Bool {
        var entries = 0
        for effect in effects {
            switch effect.action {
            case .prepare(let plan, let hash, let change):
                entries += plan.entries.count
                self.told += change?.count ?? 0
                if change == nil { self.wholes += 1 }
                self.pending.append(.planAcknowledged(plan.worker, plan.id, hash: hash))
            case .bid(let bid, _): self.bid = bid
            default: break
            }
        }
        if entries > 0 { self.entries = entries }
        return entries > 0
    }

    private func telemetry(_ worker: Int) -> Event {
        let bytes = unsafe self.records[worker].withUnsafeBytes { unsafe Array($0) }
        return .telemetry(
            TelemetryBatch(
                worker: self.worker(worker), incarnation: Incarnation(1), sequence: self.sequence, sentAt: self.now,
                stride: 40, count: self.each, bytes: bytes[...]))
    }

    /// Of each tenth point in turn.
    private func readings(_ worker: Int) -> Event {
        let first = Int(self.sequence % 10)
        let readings = stride(from: first, to: self.each, by: 10).enumerated().map { number, slot in
            let registration = MillionFleet.registration(worker: worker, slot: slot)
            let record = self.records[worker][slot]
            return MeterReading(
                worker: self.worker(worker),
                sequence: (self.sequence - 1) * UInt64((self.each + 9) / 10) + UInt64(number + 1),
                station: registration.station, evse: registration.evse, token: registration.token, at: self.now,
                receivedAt: self.now, power: Power(watts: Int(record.power)),
                importRegister: Energy(wattSeconds: 7_000 * Int(self.sequence)), exportRegister: .zero,
                stateOfCharge: StateOfCharge(basisPoints: Int(record.soc)))
        }
        return .readings(self.worker(worker), readings)
    }

    /// Sells the next block and goes to where it is under way; the CPU time of the greatest step that planned, in ms.
    mutating func sell() throws -> Double {
        let block = Self.region.products[0].block(containing: self.now + .seconds(3_600))
        self.second(
            changing: 0,
            [
                .bidCalled(
                    BidCall(
                        resource: "fleet", product: "FR", block: block, gateClosure: block.start - .seconds(5),
                        reference: "e"))
            ])
        guard let bid = self.bid else { throw WrongResult(description: "no bid") }
        let award = Award(
            id: "a", bid: bid.id, resource: "fleet", product: "FR", block: block, direction: .up,
            quantity: Power(watts: bid.quantity.watts / 10_000 * 10_000),
            pricePerMegawattHour: Money(microUnits: 45_000_000, currency: .eur),
            energyPricePerMegawattHour: Money(microUnits: 120_000_000, currency: .eur))
        self.second(changing: 0, [.bidAnswered(bid.id, .received, reason: ""), .awarded(award)])
        self.now = block.start - .seconds(15)
        // Closes what was skipped.
        for _ in 0..<12 { self.second(changing: 0) }
        var most = 0
        for _ in 0..<10 {
            let step = self.second(changing: 0)
            if step.kind == .planned { most = max(most, step.nanoseconds) }
        }
        return Double(most) / 1e6
    }
}
