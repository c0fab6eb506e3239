import Domain
import Foundation
import OCPP
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// `Protocols/ocpp/cases.json`: messages of conformance cases and requirements, one a row. What we say is said by the
/// link in exactly these words and its answer is understood; what a station says gets exactly this answer.
@Suite struct ConformanceCaseTests {
    private struct Row {
        var name: String
        var version: OCPPVersion
        var isOurs: Bool
        var action: String
        var payload: Any
        var answer: Any
    }

    private static let now = Instant(seconds: 1_795_464_000)

    private func rows() throws -> [Row] {
        let url = Workspace.root.appending(path: "Protocols/ocpp/cases.json")
        let all = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [[String: Any]] ?? []
        return try all.map { row in
            let cases = try #require(row["cases"] as? [String])
            let action = try #require(row["action"] as? String)
            return Row(
                name: cases.joined(separator: " ") + " " + action,
                version: try #require(OCPPVersion(number: row["version"] as? String ?? "")),
                isOurs: row["from"] as? String == "csms", action: action,
                payload: try #require(row["payload"]), answer: try #require(row["answer"]))
        }
    }

    private func bytes(_ value: Any) throws -> [UInt8] { try Array(JSONSerialization.data(withJSONObject: value)) }

    private func link(_ version: OCPPVersion) -> StationLink {
        StationLink(
            station: "CP1", version: version, configuration: LinkConfiguration(), record: StationRecord(), salt: 1,
            policy: StationPolicy(accepts: { token, _ in token != "BAD" }, transactionID: { _, done in done(77) }))
    }

    private func isSame(_ bytes: [UInt8], _ wanted: Any) throws -> Bool {
        let value = try JSONSerialization.jsonObject(with: Data(bytes))
        return try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
            == JSONSerialization.data(withJSONObject: wanted, options: [.sortedKeys])
    }

    /// A row of ours on a version that has it.
    private func say(_ row: Row, _ version: OCPPVersion) throws {
        let entry = try #require(Catalogue.entry(row.action, in: version), "\(row.name)")
        func parsed(_ value: Any) throws -> JSONValue {
            JSONDocument.parse(try self.bytes(value), version: version, isStrict: true).document.root
        }
        let message = try entry.request(parsed(row.payload))
        if let profile = message as? V2.SetChargingProfileRequest {
            #expect(profile.fault(version: version) == nil, "\(row.name): our own rules hold")
        }
        var link = self.link(version)
        let outcome = Mutex<CallOutcome?>(nil)
        let request = try #require(message as? any Request)
        let outputs = try link.ask(request, at: Self.now) { heard in outcome.withLock { $0 = heard } }
        guard case .send(let sent)? = outputs.first,
            case .call(let id, row.action, _) = Frame.read(sent, version: version)
        else {
            Issue.record("\(row.name) was not said")
            return
        }
        #expect(
            try self.isSame(sent, [2, id, row.action, row.payload] as [Any]),
            "\(row.name): \(String(decoding: sent, as: UTF8.self))")
        _ = try entry.answer?(parsed(row.answer))
        _ = link.receive(try self.bytes([3, id, row.answer] as [Any]), at: Self.now)
        switch outcome.withLock({ $0 }) {
        case .accepted: #expect((row.answer as? [String: String]) == ["status": "Accepted"], "\(row.name)")
        case .result: break
        default: Issue.record("\(row.name): no outcome")
        }
    }

    @Test func weSayThem() throws {
        var count = 0
        for row in try self.rows() where row.isOurs {
            try self.say(row, row.version)
            count += 1
            // 2.1 has all of 2.0.1; only a limit on a period needs no mode there.
            if row.version == .v201, row.action != "SetNetworkProfile" { try self.say(row, .v21) }
        }
        #expect(count > 200)
    }

    @Test func stationsAreAnswered() throws {
        var count = 0
        for row in try self.rows() where !row.isOurs {
            var link = self.link(row.version)
            if row.action == "NotifyEVChargingNeeds" {
                // A profile is ready: else the answer is Processing (Q01.FR.07).
                _ = link.began(1, "T1", token: "CAR")
                let order = StationCommand.setpoint(Power(watts: 5_000), validFor: .seconds(60))
                _ = link.order(StationOrder(station: "CP1", evse: 1, command: order, trace: .none), at: Self.now)
            }
            let frame = try self.bytes([2, "a", row.action, row.payload] as [Any])
            var outputs = link.receive(frame, at: Self.now)
            // Facts are kept, transaction ids are given, and then the station is answered.
            for _ in 0..<4 {
                for output in outputs {
                    switch output {
                    case .facts(_, let ticket?): outputs += link.acknowledged(ticket, at: Self.now)
                    case .wantsTransactionID(_, let ticket): outputs += link.issued(77, for: ticket, at: Self.now)
                    default: break
                    }
                }
            }
            let sent =
                outputs.lazy.compactMap { output -> [UInt8]? in
                    if case .send(let bytes) = output, bytes.starts(with: "[3,".utf8) { bytes } else { nil }
                }.first ?? []
            #expect(
                try !sent.isEmpty && self.isSame(sent, [3, "a", row.answer] as [Any]),
                "\(row.name): \(String(decoding: sent, as: UTF8.self))")
            count += 1
        }
        #expect(count > 80)
    }

    /// Who asks for what a version has not, or in words that it has not, is told why, and nothing is said.
    @Test func whatIsNotSaid() throws {
        func code(_ version: OCPPVersion, _ message: any Request) -> RPCErrorCode? {
            var link = self.link(version)
            do throws(OCPPError) {
                _ = try link.ask(message, at: Self.now) { _ in }
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code(.v201, V2.AFRRSignalRequest()) == .notSupported)
        #expect(code(.v21, V2.HeartbeatRequest()) == .notSupported)
        #expect(code(.v21, V2.ResetRequest(type: "Hard")) == .propertyConstraintViolation)
        #expect(code(.v201, V2.ResetRequest(type: "ImmediateAndResume")) == .propertyConstraintViolation)
        #expect(code(.v21, V2.ResetRequest(type: "ImmediateAndResume")) == nil)
        let empty = V2.ClearVariableMonitoringRequest()
        #expect(code(.v21, empty) == .occurrenceConstraintViolation)
        let long = V2.CertificateSignedRequest { $0.certificateChain = String(repeating: "x", count: 10_001) }
        #expect(code(.v21, long) == .propertyConstraintViolation)
        let wrong = V2.SetDERControlRequest {
            $0.controlId = "c"
            $0.controlType = "FixedVar"
            $0.curve = V2.DERCurve()
        }
        #expect(code(.v21, wrong) != nil, "R04.FR.16")
        func droop(from start: DateTime?) -> V2.SetDERControlRequest {
            V2.SetDERControlRequest {
                $0.isDefault = true
                $0.controlId = "c"
                $0.controlType = "FreqDroop"
                $0.freqDroop = V2.FreqDroop { $0.startTime = start }
            }
        }
        #expect(code(.v21, droop(from: nil)) == nil)
        #expect(code(.v21, droop(from: Self.now.wire)) != nil, "R04.FR.12: a default control has no time")
    }

    /// A call that is asked for waits behind the set-up, is bounded, and ends with the connection.
    @Test func asking() throws {
        var link = self.link(.v21)
        let heard = Mutex<[String]>([])
        var refused = 0
        for _ in 0..<40 {
            do throws(OCPPError) {
                _ = try link.ask(V2.ClearCacheRequest(), at: Self.now) { outcome in
                    if case .disconnected = outcome { heard.withLock { $0.append("gone") } }
                }
            } catch {
                refused += 1
                #expect(error.message.contains("CP1"))
            }
        }
        #expect(refused == 40 - 33, "one in flight and 32 behind it")
        _ = link.closed(at: Self.now)
        #expect(heard.withLock { $0.count } == 33)
    }
}
