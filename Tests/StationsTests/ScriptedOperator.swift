import Domain
import Twin

@testable import Stations

/// The operator's side of one station, in memory: answers each CALL as a permissive CSMS would and keeps what
/// was said. Time is the test's.
struct ScriptedOperator {
    var machine: StationMachine
    var now: Instant
    /// CALLs of the station in order.
    var calls: [(action: String, payload: JSON)] = []
    /// Answers of the station to our CALLs by id.
    var answers: [String: JSON] = [:]
    var errors: [String: String] = [:]
    var isClosed = false
    var refuses: Set<String> = []
    var isSilent = false
    private var nextId = 1

    init(_ spec: StationSpec, at now: Instant = Instant(seconds: 1_800_000_000)) {
        self.machine = StationMachine(spec: spec, seed: 5, at: now)
        self.now = now
    }

    mutating func connect() {
        self.isClosed = false
        self.take(self.machine.connected(at: self.now))
    }

    mutating func run(for span: TimeSpan, milliHertz: Int = 50_000) {
        let end = self.now + span
        while self.now < end {
            self.now = self.now + .milliseconds(100)
            self.take(self.machine.tick(at: self.now, milliHertz: milliHertz))
        }
    }

    /// Sends a CALL and returns the station's CALLRESULT, nil for an error or silence.
    mutating func call(_ action: String, _ payload: String) -> JSON? {
        let id = "op-\(self.nextId)"
        self.nextId += 1
        let text = "[2,\"\(id)\",\"\(action)\",\(payload)]"
        self.take(self.machine.received(Array(text.utf8), at: self.now))
        return self.answers[id]
    }

    var lastError: String? { self.errors.max { $0.key < $1.key }?.value }

    func count(_ action: String) -> Int { self.calls.count { $0.action == action } }

    func last(_ action: String) -> JSON? { self.calls.last { $0.action == action }?.payload }

    private mutating func take(_ outputs: [StationMachine.Output]) {
        for output in outputs {
            switch output {
            case .close: self.isClosed = true
            case .send(let bytes): self.read(bytes)
            }
        }
    }

    private mutating func read(_ bytes: [UInt8]) {
        guard let parts = JSONReader.read(bytes)?.array, let kind = parts[0].int,
            let id = parts[1].string
        else { return }
        switch kind {
        case 2:
            let action = parts[2].string ?? ""
            self.calls.append((action, parts[3]))
            guard !self.isSilent else { return }
            let answer = self.answer(to: action)
            self.take(self.machine.received(Array("[3,\"\(id)\",\(answer)]".utf8), at: self.now))
        case 3: self.answers[id] = parts[2]
        default: self.errors[id] = parts[2].string
        }
    }

    private func answer(to action: String) -> String {
        let good = self.refuses.contains(action) ? "Invalid" : "Accepted"
        switch action {
        case "BootNotification":
            return #"{"status":"Accepted","interval":300,"currentTime":"2027-01-15T08:00:00Z"}"#
        case "Authorize", "StartTransaction":
            return
                #"{"idTokenInfo":{"status":"\#(good)"},"idTagInfo":{"status":"\#(good)"},"transactionId":77}"#
        case "NotifyEVChargingNeeds":
            return self.refuses.contains(action)
                ? #"{"status":"Rejected"}"# : #"{"status":"Accepted"}"#
        default:
            return "{}"
        }
    }
}

extension StationSpec {
    /// A 22 kW station with a 60 kWh car at 60 % that stays ten minutes.
    static func sample(
        _ version: StationVersion, v2x: StationV2X = .yes,
        change: (inout StationSpec) -> Void = { _ in }
    ) -> StationSpec {
        var spec = StationSpec(
            station: "CS1", version: version, site: "site-1", token: "TAG1", vehicle: "ev-1",
            capacity: Energy(wattHours: 60_000), charge: StateOfCharge(basisPoints: 6_000),
            target: StateOfCharge(basisPoints: 6_500), departure: .afterStart(.minutes(10)),
            maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
            minimum: Power(watts: 1_380), step: Power(watts: 100), latency: .milliseconds(300),
            rampPerSecond: Power(watts: 40_000), v2x: v2x, misbehaviour: .none)
        change(&spec)
        return spec
    }
}
