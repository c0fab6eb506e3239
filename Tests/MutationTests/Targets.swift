import Aggregator
import Domain
import FleetLink
import GridCodes
import OpenADR
import Runtime
import Stations
import Twin

@testable import OCPP
@testable import Storage
@testable import Worker

/// Every decoder that takes bytes from elsewhere.
enum Targets {
    static let all = fleetLink + ocpp + openADR + journals + configurations + tables

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Understood unless it throws.
    private static func taken(_ body: () throws -> Void) -> Target.Outcome {
        do { try body() } catch { return .refused }
        return .understood
    }

    /// What was understood is said again and understood as the same.
    private static func again<Value: Equatable>(
        _ bytes: [UInt8], _ read: ([UInt8]) throws -> Value, _ write: (Value) -> [UInt8]
    ) -> Target.Outcome {
        guard let value = try? read(bytes) else { return .refused }
        return (try? read(write(value))) == value ? .understood : .broken("it is not read again as what it is")
    }

    static let fleetLink = [
        Target(
            name: "FleetLink telemetry", seeds: Seeds.hex("fleetlink").filter { $0.starts(with: Array("FLT1".utf8)) }
        ) {
            Self.again($0, { try TelemetryFrame(decoding: $0) }, { $0.encoded() })
        },
        Target(name: "FleetLink control", seeds: Seeds.hex("fleetlink").filter { $0.starts(with: Array("FLC1".utf8)) })
        {
            Self.again($0, { try ControlMessage(decoding: $0) }, { $0.encoded() })
        },
        Target(name: "FleetLink plan change", seeds: Self.changes) { bytes in
            guard case .amend(let part)? = try? ControlMessage(decoding: bytes) else { return .refused }
            guard let plan = part.patch.applied(to: Self.plan) else { return .refused }
            let slots = plan.entries.map(\.slot)
            guard zip(slots, slots.dropFirst()).allSatisfy(<) else { return .broken("a slot is there twice") }
            guard plan.segments.allSatisfy({ Int($0.product) < plan.products.count }) else {
                return .broken("a segment of no product")
            }
            // What leads from one to the other is exactly a change that gives the other again.
            let change = PlanPatch(from: Self.plan, to: plan)
            return change?.applied(to: Self.plan) == plan ? .understood : .broken("another plan than the change makes")
        },
        Target(name: "signal", seeds: Seeds.hex("signal")) {
            Self.again($0, { try SignalFrame(decoding: $0) }, { $0.encoded() })
        },
    ]

    /// A plan that changes are applied to.
    private static let plan = WorkerPlan(
        id: PlanID(epoch: Epoch(1), resource: "R", version: 1), worker: "w", validUntil: Instant(seconds: 60),
        products: ["P", "Q"].map {
            PlanProduct(
                product: $0, activation: .signal, awardUp: Power(watts: 9_000), awardDown: .zero, spareUp: .zero,
                spareDown: .zero, curve: [], gainPerMille: 1_000, slewPerSecond: .zero, holdTime: .seconds(10),
                upTable: [0], downTable: [])
        },
        entries: (0..<20).map {
            PlanEntry(slot: $0 * 2, generation: 1, base: 7_000, low: 0, high: 7_000, resident: false)
        },
        segments: (0..<20).map {
            PlanSegment(slot: $0 * 2, product: 0, direction: .up, kind: .shift, bucket: 0, height: 400)
        })

    private static var changes: [[UInt8]] {
        var patch = PlanPatch(
            id: PlanID(epoch: Epoch(1), resource: "R", version: 2), base: 1, worker: "w", validUntil: .distantFuture,
            products: Self.plan.products, gone: [4, 6])
        var changes = [patch]
        patch.entries = [1, 3, 8].map {
            PlanEntry(slot: $0, generation: 2, base: 0, low: -7_000, high: 7_000, resident: false)
        }
        patch.segments = [1, 3].map {
            PlanSegment(slot: $0, product: 1, direction: .up, kind: .inject, bucket: 128, height: 7_000)
        }
        changes.append(patch)
        return changes.flatMap { PlanPart.split($0, hash: 7) }.map { ControlMessage.amend($0).encoded() }
    }

    static let ocpp = OCPPVersion.allCases.flatMap { version in
        [
            Target(name: "OCPP \(version.number) calls", seeds: Seeds.calls(version)) { bytes in
                _ = HotFrame.read(bytes, version: version)
                switch Frame.read(bytes, version: version) {
                case .call(_, let action, let payload), .send(_, let action, let payload):
                    let entry = Catalogue.all.first { $0.action == action && $0.versions.contains(version) }
                    guard let entry else { return .refused }
                    return Self.taken { _ = try entry.request(payload) }
                case .broken(let frame):
                    _ = frame.answer(version: version)
                    return .refused
                default: return .understood
                }
            },
            Target(name: "OCPP \(version.number) answers", seeds: Seeds.answers(version)) { bytes in
                let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1)
                guard parts.count == 2, case .result(_, let payload) = Frame.read(Array(parts[1]), version: version)
                else { return .refused }
                let action = Self.text(Array(parts[0]))
                let entry = Catalogue.all.first { $0.action == action && $0.versions.contains(version) }
                guard let answer = entry?.answer else { return .refused }
                return Self.taken { _ = try answer(payload) }
            },
            Target(name: "OCPP \(version.number) link", seeds: Seeds.calls(version)) { bytes in
                var link = Self.link(version)
                let outputs = link.receive(bytes, at: Self.now)
                let isTold = outputs.contains { if case .facts = $0 { true } else { false } }
                return isTold ? .understood : .refused
            },
        ]
    }

    private static let now = Instant(seconds: 1_795_464_000)

    /// Of a station that has booted.
    private static func link(_ version: OCPPVersion) -> StationLink {
        var link = StationLink(
            station: "CP1", version: version, configuration: LinkConfiguration(), record: StationRecord(), salt: 1,
            policy: StationPolicy(accepts: { _, _ in true }, transactionID: { _, done in done(1) }))
        let words =
            version == .v16
            ? #"{"chargePointVendor":"V","chargePointModel":"M"}"#
            : #"{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}"#
        _ = link.receive(Array(#"[2,"b","BootNotification",\#(words)]"#.utf8), at: Self.now)
        return link
    }

    static let openADR = [
        Target(name: "OpenADR objects", seeds: Seeds.files("Protocols/openadr/golden", ".json")) { bytes in
            guard let object = try? OpenADR.JSONParser.parse(bytes).object else { return .refused }
            let kinds: [any ObjectRequest.Type] = [
                EventRequest.self, ReportRequest.self, ProgramRequest.self, SubscriptionRequest.self, VenRequest.self,
                ResourceRequest.self,
            ]
            return kinds.count { (try? $0.init(object: object)) != nil } > 0 ? .understood : .refused
        },
        Target(name: "OpenADR JSON", seeds: Seeds.files("Protocols/openadr/golden", ".json")) { bytes in
            Self.again(bytes, { try OpenADR.JSONParser.parse($0) }, { OpenADR.JSONWriter.bytes($0) })
        },
    ]

    static let journals = [
        Target(name: "journal segment", seeds: [Self.segment]) { bytes in
            guard EntryFormat.first(ofHeader: bytes) != nil else { return .refused }
            var offset = EntryFormat.headerBytes
            while let entry = EntryFormat.decode(bytes, at: offset, limit: 1 << 20) {
                guard entry.end > offset else { return .broken("an entry without length") }
                offset = entry.end
            }
            return .understood
        },
        Target(name: "journal step", seeds: Self.steps) { bytes in
            Self.again(
                bytes, { try StepRecord(decoding: $0) }, { (try? $0.encoded()) ?? [] })
        },
    ]

    private static var segment: [UInt8] {
        var bytes = EntryFormat.header(first: 1)
        for index in 1...4 as ClosedRange<UInt64> {
            let entry = JournalEntry(
                index: index, at: Instant(seconds: Int(index)), kind: 1,
                payload: Array(repeating: 7, count: Int(index) * 9))
            EntryFormat.append(entry, durable: index - 1, to: &bytes)
        }
        return bytes
    }

    private static var steps: [[UInt8]] {
        let reading = MeterReading(
            worker: "w", sequence: 7, station: "s", evse: 1, token: "tok", at: Instant(microseconds: 5),
            receivedAt: Instant(microseconds: 6), power: Power(watts: -7_000), importRegister: Energy(wattHours: 10),
            exportRegister: Energy(wattHours: 20), stateOfCharge: StateOfCharge(basisPoints: 5_500))
        let batch = TelemetryBatch(
            worker: "w", incarnation: Incarnation(1), sequence: 3, sentAt: Instant(seconds: 1), stride: 40, count: 2,
            bytes: Array(repeating: 9, count: 80)[...])
        let events: [Domain.Event] = [
            .workerJoined("w", Incarnation(1)), .telemetry(batch), .readings("w", [reading]), .tick,
            .siteLoad("site", Power(watts: 5)),
            .stopped(StopOrder(id: 1, scope: .zone("z"), at: .distantPast, by: "op")),
        ]
        return [StepRecord.Body.step(events), .mark(77)].compactMap {
            try? StepRecord(at: Instant(seconds: 9), body: $0).encoded()
        }
    }

    private static func yaml<Value: Decodable & SendableMetatype>(
        _ type: Value.Type, _ name: String, _ seeds: [[UInt8]]
    ) -> Target {
        Target(
            name: name, seeds: seeds,
            take: { bytes in
                Self.taken { _ = try StrictYAML.decode(type, from: Self.text(bytes), name: "x.yaml") }
            }, patience: .seconds(2))
    }

    static let configurations = [
        yaml(WorkerConfiguration.self, "worker.yaml", [Seeds.file("Config/worker.yaml")]),
        yaml(DialectFile.self, "dialects", Seeds.files("Config/dialects", ".yaml")),
        yaml(TwinConfig.self, "twin.yaml", [Seeds.file("Config/demo/twin.yaml")]),
        Target(
            name: "region.yaml", seeds: Seeds.files("Config/regions", "region.yaml"),
            take: { bytes in
                Self.taken {
                    let pack = try StrictYAML.decode(RegionPack.self, from: Self.text(bytes), name: "x.yaml")
                    _ = pack.findings
                }
            }, patience: .seconds(2)),
    ]

    static let tables = [
        Target(
            name: "fleet.csv",
            seeds: Seeds.texts(
                "station_id,ocpp,site_id,token,vehicle_id,battery_kwh,soc,target_soc,departure,max_charge_kw,max_discharge_kw,min_kw,step_w,latency_ms,ramp_kw_s,v2x,behaviour\nS1,2.1,site,T1,v1,60,0.6,0.65,300,22,22,1.38,100,200,30,yes,ok\n"
            )
        ) { bytes in Self.taken { _ = try FleetCSV.read(Self.text(bytes)) } },
        Target(name: "secrets.csv", seeds: Seeds.texts("station_id,secret\nS1,secret-0123456789abcdef\n")) { bytes in
            Self.taken { _ = try StationSecrets.read(Self.text(bytes), pepper: nil, name: "s.csv") }
        },
        Target(
            name: "sessions.csv",
            seeds: Seeds.texts(
                "vehicle_id,site_id,arrival,departure,arrival_soc,target_soc,min_soc,battery_kwh,max_charge_kw,max_discharge_kw,efficiency\nv,s,2026-11-26T08:00:00Z,2026-11-26T17:00:00+01:00,0.4,0.8,0.2,60,11,11,0.95\n"
            )
        ) { bytes in Self.taken { _ = try Session.read(Self.text(bytes)) } },
        Target(
            name: "signal.csv",
            seeds: Seeds.texts("time,value\n2026-11-26T08:00:00Z,50.01\n2026-11-26T08:00:01Z,49.9\n")
        ) { bytes in
            Self.taken { _ = try SignalSeries.read(Self.text(bytes), kind: .frequency) }
        },
        Target(
            name: "prices.csv",
            seeds: Seeds.texts("time,energy_per_mwh,up_per_mw_h,down_per_mw_h\n2026-11-26T08:00:00Z,90.5,12,3\n")
        ) { bytes in Self.taken { _ = try PriceSeries.read(Self.text(bytes)) } },
        Target(name: "load.csv", seeds: Seeds.texts("time,site_id,kw\n2026-11-26T08:00:00Z,s,12.5\n")) { bytes in
            Self.taken { _ = try SiteLoads.read(Self.text(bytes)) }
        },
        Target(
            name: "enrolment",
            seeds: Seeds.texts(
                "vehicle,owner,contract,tenant,tokens,capacity_wh,max_charge_w,max_discharge_w,reserve,efficiency,consent_at\nv1,o1,c1,t,T1;T2,60000,22000,22000,3000,9500,2026-11-26T08:00:00Z\n",
                "site,tenant,region,zone,resource,import_w,export_w,stale_load_w,default_stay_s,default_target\nsite,t,test,z,fleet,700000,700000,20000,28800,8000\n",
                "vehicle,departure,target\nv1,2026-11-26T08:00:00Z,6500\n",
                "owner,tenant,name\no0,t,\"Even, \"\"x\"\"\"\n"
            )
        ) { bytes in
            var isTaken = false
            for file in ["vehicles.csv", "sites.csv", "departures.csv", "owners.csv"] {
                isTaken = (try? EnrolmentCSV.parse(Self.text(bytes), file: file)) != nil || isTaken
            }
            return isTaken ? .understood : .refused
        },
    ]
}
