import Domain
import Foundation
import Logging
import OCPP
import Runtime
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// Asks every car that is plugged in for 5 kW of discharge and counts what comes back.
private final class Utility: StationObserver {
    struct State {
        var server: OCPPServer?
        var answers: [OrderAnswer] = []
        var facts: [StationFact] = []
    }
    let state = Mutex(State())

    func station(
        _ station: StationID, said facts: [StationFact], at: Instant, acknowledge: Acknowledge?
    ) {
        let server = self.state.withLock { state in
            state.facts += facts
            return state.server
        }
        for fact in facts {
            guard case .meter = fact else { continue }
            let order = StationOrder(
                station: station, evse: 1,
                command: .setpoint(Power(watts: -5_000), validFor: .seconds(30)),
                trace: TraceID(high: 7, low: 7))
            server?.command([order])
        }
        acknowledge?()
    }

    func answered(_ answer: OrderAnswer) {
        self.state.withLock { $0.answers.append(answer) }
    }
}

@Suite(.serialized, .timeLimit(.minutes(3)), .ownThreads) struct ServerInteropTests {
    private static let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private static var dialects: DialectBook {
        DialectBook(
            ["1.6", "2.0.1"].map { version in
                Dialect(
                    name: "peer-\(version)", vendor: "Interop Peer", model: "PY-*",
                    versions: [version],
                    discharge: .negativeLimit)
            })
    }

    /// A station on PyPI `ocpp`, which checks every frame of ours against the published schemas, is discharged.
    @Test(arguments: ["2.1", "2.0.1", "1.6"])
    func aStationOfOthersIsDischarged(_ version: String) async throws {
        guard let python = Program.peersPython else {
            print("skipped: no peers' Python (ops/setup test makes it)")
            return
        }
        var configuration = OCPPServerConfiguration(port: 0)
        configuration.dialects = Self.dialects
        let utility = Utility()
        let server = try OCPPServer(
            configuration: configuration, secrets: try StationSecrets.read("CP1,s3cret\n"),
            policy: StationPolicy(
                accepts: { token, _ in token == "PEER-CAR" }, transactionID: { _, done in done(77) }
            ),
            observer: utility, logger: Self.quiet)
        utility.state.withLock { $0.server = server }
        let group = ServiceGroup(services: [server], logger: Self.quiet)
        let log = FileManager.default.temporaryDirectory.appending(path: "ocpp-peer-\(version).log")
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for _ in 0..<1_000 where server.port == nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            let port = try #require(server.port)
            let peer = try Program.start(
                python,
                [
                    "Tests/Interop/ocpp_station.py", "--url", "ws://127.0.0.1:\(port)/ocpp", "--id",
                    "CP1",
                    "--password", "s3cret", "--ocpp", version, "--seconds", "25",
                ], log: log)
            while peer.isRunning { try await Task.sleep(for: .milliseconds(50)) }
            let said = try String(contentsOf: log, encoding: .utf8)
            #expect(peer.terminationStatus == 0, "\(said.suffix(2_000))")
            #expect(
                !said.contains("Violation"),
                "the peer's schemas refuse nothing of ours: \(said.suffix(2_000))")
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let (facts, answers) = utility.state.withLock { ($0.facts, $0.answers) }
        #expect(answers.contains { $0.outcome == .accepted && $0.asked == Power(watts: -5_000) })
        let exports = facts.compactMap { fact -> Power? in
            if case .meter(1, let sample) = fact { sample.power } else { nil }
        }
        #expect(exports.contains(Power(watts: -5_000)), "the discharge was metered")
        #expect(facts.contains { if case .unplugged = $0 { true } else { false } })
    }

    /// What `Config/dialects` holds is readable and matches what it names.
    @Test func theDialectsOfTheRepositoryLoad() throws {
        let folder = Workspace.root.appending(path: "Config/dialects")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        let files = try names.filter { $0.hasSuffix(".yaml") }.map { name in
            try StrictYAML.load(DialectFile.self, from: folder.appending(path: name).path)
        }
        let book = DialectBook(files.flatMap(\.dialects))
        #expect(book.dialects.count >= 5)
        let twin = book.dialect(vendor: "Headroom Twin", model: "DC22-V2G-C", version: .v16)
        #expect(twin.discharge == .negativeLimit)
        let plain = book.dialect(vendor: "Headroom Twin", model: "DC22", version: .v16)
        #expect(plain.discharge == .none)
        #expect(throws: (any Error).self) {
            _ = try StrictYAML.decode(
                DialectFile.self,
                from:
                    "dialects:\n  - {name: x, vendor: a, model: b, versions: [\"1.6\"], discharge: dynamic, source: s}",
                name: "bad.yaml")
        }
    }
}
