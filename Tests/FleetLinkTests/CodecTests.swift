import Domain
import FleetLink
import Foundation
import TestSupport
import Testing

let plan = WorkerPlan(
    id: PlanID(epoch: Epoch(3), resource: "R", version: 9), worker: "w", validUntil: Instant(seconds: 2_000),
    products: [
        PlanProduct(
            product: "P", activation: .localCurve, awardUp: Power(watts: 1_000), awardDown: .zero,
            spareUp: Power(watts: 100),
            spareDown: .zero,
            curve: [CurvePoint(milliHertz: 49_500, perMille: 1000), CurvePoint(milliHertz: 50_000, perMille: 0)],
            gainPerMille: 1_030, slewPerSecond: .zero, holdTime: .seconds(10), upTable: [0, 500], downTable: [])
    ],
    entries: [PlanEntry(slot: 1, generation: 2, base: 7_000, low: -7_000, high: 11_000, resident: true)],
    segments: [PlanSegment(slot: 1, product: 0, direction: .up, kind: .shift, bucket: 1, height: 7_000)])

/// Slot 1 is changed, slot 4 is gone.
let planPart = PlanPart(
    patch: PlanPatch(
        id: plan.id, base: 8, worker: plan.worker, validUntil: plan.validUntil, products: plan.products, gone: [4],
        entries: plan.entries, segments: plan.segments), hash: plan.hash, part: 0, parts: 1)

let reading = MeterReading(
    worker: "w", sequence: 7, station: "s", evse: 1, token: "tok", at: Instant(microseconds: 5),
    receivedAt: Instant(microseconds: 6),
    power: Power(watts: -7_000), importRegister: Energy(wattHours: 10), exportRegister: Energy(wattHours: 20),
    stateOfCharge: StateOfCharge(basisPoints: 5_500))

let overrideNote = OverrideNote(
    sequence: 9, kind: .limit, isOver: false, station: "s", evse: 1, token: "tok", at: Instant(seconds: 3),
    source: "EMS", before: .init(charge: Power(watts: 22_000), discharge: Power(watts: 11_000)),
    after: .init(charge: Power(watts: 6_000), discharge: .zero))

let messages: [(name: String, message: ControlMessage)] = [
    ("hello", .hello(worker: "w", incarnation: Incarnation(1), versions: 1...2, clock: Instant(seconds: 1))),
    ("welcome", .welcome(epoch: Epoch(3), version: 1, clock: Instant(seconds: 1))),
    ("refused", .refused(reason: "no")),
    (
        "register",
        .register(
            incarnation: Incarnation(1),
            [
                Registration(
                    slot: 1, generation: 2, station: "s", evse: 1, token: nil, capability: .residentCurve,
                    maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
                    minimumPower: Power(watts: 1_380),
                    step: Power(watts: 230), responseTime: .milliseconds(800))
            ])
    ),
    ("snapshot-request", .snapshotRequest), ("prepare", .prepare(plan, hash: plan.hash)),
    ("plan-acknowledged", .planAcknowledged(plan.id, hash: plan.hash)),
    ("plan-refused", .planRefused(plan.id, reason: "x")),
    ("plan-wanted", .planWanted(plan.id)), ("renew", .renew(plan.id, validUntil: Instant(seconds: 4))),
    ("readings", .readings(from: 7, [reading])),
    ("readings-acknowledged", .readingsAcknowledged(upTo: 7)), ("residual", .residual("R", "P", watts: -5)),
    ("site-load", .siteLoad("site", Power(watts: 1))),
    ("stop", .stop(StopOrder(id: 4, scope: .zone("z"), at: Instant(seconds: 1), by: "op"))),
    ("release", .release(StopOrder(id: 4, scope: .site("s"), at: Instant(seconds: 1), by: "op"))),
    ("stop-acknowledged", .stopAcknowledged(id: 4)), ("heartbeat", .heartbeat(clock: Instant(seconds: 9))),
    ("fin", .fin),
    ("fin-acknowledged", .finAcknowledged),
    (
        "stops",
        .stops([
            StopOrder(id: 4, scope: .zone("z"), at: Instant(seconds: 1), by: "op"),
            StopOrder(id: 5, scope: .station("s"), at: Instant(seconds: 2), by: "op"),
        ])
    ),
    ("overrides", .overrides([overrideNote])), ("overrides-acknowledged", .overridesAcknowledged(upTo: 9)),
    ("amend", .amend(planPart)),
]

let telemetry = TelemetryFrame(
    worker: "w", incarnation: Incarnation(1), sequence: 1, epoch: Epoch(3), sentAt: Instant(seconds: 1),
    trace: TraceID(high: 1, low: 2), stride: 40, count: 2, records: (0..<80).map { UInt8($0) })

let signals: [(name: String, frame: SignalFrame)] = [
    (
        "dispatch",
        .dispatch(
            DispatchSignal(
                plan: plan.id, planHash: 5, product: "P", sequence: 1, sentAt: Instant(seconds: 1),
                validFrom: Instant(seconds: 1),
                expiry: Instant(seconds: 6), slow: 10, fast: -11, trace: TraceID(high: 1, low: 2)))
    ),
    ("frequency", .grid(gridSignal(1, .frequency(milliHertz: 49_876)))),
    ("request", .grid(gridSignal(2, .request(watts: -250_000)))),
    (
        "delivered",
        .delivered(
            DeliverySample(
                resource: "R", product: "P", at: Instant(seconds: 1), requested: Power(watts: 1),
                delivered: Power(watts: 2),
                baseline: Power(watts: 3), metered: Power(watts: -4)))
    ),
]

func gridSignal(_ sequence: UInt64, _ value: SignalValue) -> GridSignal {
    GridSignal(
        resource: "R", product: "P", sequence: sequence, sentAt: Instant(seconds: 1), validFrom: Instant(seconds: 1),
        expiry: Instant(seconds: 3), value: value, trace: TraceID(high: 1, low: 2))
}

@Suite struct CodecTests {
    @Test func everyFrameSurvivesTheWireAndMatchesItsGoldenBytes() throws {
        for (name, message) in messages {
            let bytes = message.encoded()
            #expect(try ControlMessage(decoding: bytes) == message, "\(name)")
            #expect(Golden.hex("fleetlink/\(name).hex", updating: bytes) == bytes, "\(name)")
        }
        for (name, frame) in signals {
            #expect(try SignalFrame(decoding: frame.encoded()) == frame, "\(name)")
            #expect(Golden.hex("signal/\(name).hex", updating: frame.encoded()) == frame.encoded(), "\(name)")
        }
        #expect(try TelemetryFrame(decoding: telemetry.encoded()) == telemetry)
        #expect(Golden.hex("fleetlink/telemetry.hex", updating: telemetry.encoded()) == telemetry.encoded())
    }

    /// What is decoded stays where it came in, and a slice is read by its own indices.
    @Test func recordsAreNotCopiedOnTheirWayToTheFleet() throws {
        let bytes = telemetry.encoded()
        let batch = try TelemetryFrame(decoding: bytes).batch
        let frame = unsafe bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
        let records = unsafe batch.bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) }
        #expect(records == frame + bytes.count - 80 && batch.bytes.count == 80)
        #expect(batch == telemetry.batch && batch.hashValue == telemetry.batch.hashValue)
        let written = try JSONEncoder().encode(batch)
        #expect(try JSONDecoder().decode(TelemetryBatch.self, from: written) == batch)
        var writer = ByteWriter()
        writer.put(raw: batch.bytes)
        #expect(writer.bytes == Array(bytes.suffix(80)))
    }

    @Test func truncatedFramesAreRefusedAtEveryByte() {
        for (name, message) in messages {
            let bytes = message.encoded()
            for count in 0..<bytes.count {
                #expect(throws: FleetLinkError.self, "\(name) cut at \(count)") {
                    try ControlMessage(decoding: Array(bytes.prefix(count)))
                }
            }
            #expect(throws: FleetLinkError.self) { try ControlMessage(decoding: bytes + [0]) }
        }
        let bytes = telemetry.encoded()
        for count in 0..<bytes.count {
            #expect(throws: FleetLinkError.self) { try TelemetryFrame(decoding: Array(bytes.prefix(count))) }
        }
    }

    /// Mutated by seed: refused or decoded, never a crash, and never more than the limits say.
    @Test func mutatedFramesNeverTrap() {
        var generator = SeededGenerator(seed: 11)
        var decoded = 0
        for _ in 0..<20_000 {
            var bytes = messages.randomElement(using: &generator)?.message.encoded() ?? []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if (try? ControlMessage(decoding: bytes)) != nil { decoded += 1 }
            _ = try? SignalFrame(decoding: bytes)
            _ = try? TelemetryFrame(decoding: bytes)
        }
        #expect(decoded > 0)
    }
}

/// The greatest message of each kind whose parts are limited fits what sockets let through.
@Suite struct SizeTests {
    private let long = String(repeating: "x", count: 128)

    @Test func theGreatestPlanFitsAMessageAndAGreaterOneIsRefused() throws {
        let product = PlanProduct(
            product: ProductID(self.long), activation: .localCurve, awardUp: .zero, awardDown: .zero, spareUp: .zero,
            spareDown: .zero, curve: Array(repeating: CurvePoint(milliHertz: 1, perMille: 1), count: 64),
            gainPerMille: 1,
            slewPerSecond: .zero, holdTime: .zero, upTable: Array(repeating: 1, count: 256),
            downTable: Array(repeating: 1, count: 256))
        let entry = PlanEntry(slot: 1, generation: 2, base: 3, low: 4, high: 5, resident: true)
        let segment = PlanSegment(slot: 1, product: 0, direction: .up, kind: .inject, bucket: 1, height: 7)
        var plan = WorkerPlan(
            id: PlanID(epoch: Epoch(1), resource: ResourceID(String(repeating: "r", count: 1_024)), version: 1),
            worker: WorkerID(self.long), validUntil: Instant(seconds: 1),
            products: Array(repeating: product, count: ControlMessage.mostProducts),
            entries: Array(repeating: entry, count: ControlMessage.mostEntries),
            segments: Array(repeating: segment, count: ControlMessage.mostSegments))
        let bytes = ControlMessage.prepare(plan, hash: 1).encoded()
        #expect(bytes.count <= ControlMessage.mostBytes, "\(bytes.count) bytes")
        #expect(try ControlMessage(decoding: bytes) == .prepare(plan, hash: 1))
        #expect(plan.excess == nil)
        plan.segments.append(segment)
        #expect(plan.excess?.contains("200000 segments") == true)
        #expect(throws: FleetLinkError.self) {
            try ControlMessage(decoding: ControlMessage.prepare(plan, hash: 1).encoded())
        }
        plan.segments = []
        plan.entries.append(entry)
        #expect(plan.excess?.contains("50000 charging points") == true)
        plan.entries = []
        plan.products.append(product)
        #expect(plan.excess?.contains("32 products") == true)
        let hub = HubMachine(epoch: Epoch(1))
        #expect(
            hub.prepare(plan, hash: plan.hash) == [
                .event(.planRefused(plan.worker, plan.id, reason: plan.excess ?? ""))
            ])
    }

    @Test func theGreatestListsFitAMessage() {
        var most = reading
        most.worker = WorkerID(self.long)
        most.station = StationID(self.long)
        most.token = TokenID(String(repeating: "t", count: 256))
        let registration = Registration(
            slot: 1, generation: 1, station: StationID(self.long), evse: 1, token: most.token, capability: .none,
            maxCharge: .zero, maxDischarge: .zero, minimumPower: .zero, step: .zero, responseTime: .zero)
        let order = StopOrder(
            id: 1, scope: .station(StationID(self.long)), at: Instant(seconds: 1),
            by: String(repeating: "b", count: 1_024))
        for (message, over) in [
            (
                ControlMessage.readings(from: 1, Array(repeating: most, count: ControlMessage.mostReadings)),
                ControlMessage.readings(from: 1, Array(repeating: most, count: ControlMessage.mostReadings + 1))
            ),
            (
                .register(
                    incarnation: Incarnation(1), Array(repeating: registration, count: ControlMessage.mostRegistrations)
                ),
                .register(
                    incarnation: Incarnation(1),
                    Array(repeating: registration, count: ControlMessage.mostRegistrations + 1))
            ),
            (
                .stops(Array(repeating: order, count: ControlMessage.mostStops)),
                .stops(Array(repeating: order, count: ControlMessage.mostStops + 1))
            ),
        ] {
            let bytes = message.encoded()
            #expect(bytes.count <= ControlMessage.mostBytes)
            #expect((try? ControlMessage(decoding: bytes)) == message)
            #expect(throws: FleetLinkError.self) { try ControlMessage(decoding: over.encoded()) }
        }
    }

    /// An identifier of a car that is longer than the wire's is nobody's: it must not cut the worker's connection.
    @Test func aTokenThatIsTooLongTravelsAsNone() throws {
        var odd = reading
        odd.token = TokenID(String(repeating: "t", count: 257))
        let bytes = ControlMessage.readings(from: 7, [odd]).encoded()
        odd.token = nil
        #expect(try ControlMessage(decoding: bytes) == .readings(from: 7, [odd]))
    }
}
