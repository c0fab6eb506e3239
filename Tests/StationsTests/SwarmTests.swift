import Domain
import Foundation
import Logging
import NIOSSL
import Synchronization
import TestSupport
import Testing
import Twin

@testable import Stations

/// The swarm over real sockets on loopback; each wait ends as soon as what it waits for is so.
@Suite(.timeLimit(.minutes(1)), .ownThreads) struct SwarmTests {
    static func options(
        port: Int, count: Int, secrets: Secrets = .none,
        change: (inout StationSpec) -> Void = { _ in }
    ) throws -> StationsOptions {
        var specs = DemoFleet.draw(count: count, seed: 3).stations
        for index in specs.indices {
            specs[index].misbehaviour = .none
            change(&specs[index])
        }
        return try StationsOptions(
            endpoints: [StationsEndpoint("ws://127.0.0.1:\(port)/ocpp")], stations: specs,
            secrets: secrets, connectsPerSecond: 1_000,
            backOff: BackOff(minimum: .milliseconds(20), randomRange: .milliseconds(20)))
    }

    static func until(_ what: Comment, _ condition: () -> Bool) async throws {
        for _ in 0..<2_000 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record(what)
    }

    @Test func aSwarmConnectsIsCommandedAndComesBack() async throws {
        let server = TestOperatorServer(secret: nil)
        let port = try await server.start()
        let options = try Self.options(port: port, count: 60)
        let service = StationsService(options: options, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            try await Self.until("all are charging") { service.tally.figures.inTransaction == 60 }
            try await Self.until("power flows") { service.tally.figures.watts > 60 * 10_000 }
            let profile =
                #"[2,"x1","SetChargingProfile",{"evseId":1,"connectorId":1,"#
                + #""chargingProfile":{"id":1,"stackLevel":1,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","chargingSchedule":[{"id":1,"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":0}]}]},"#
                + #""csChargingProfiles":{"chargingProfileId":1,"stackLevel":1,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Absolute","chargingSchedule":{"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":0}]}}}]"#
            server.broadcast(profile)
            try await Self.until("all answered") { server.state.withLock { $0.answered } == 60 }
            try await Self.until("all paused") { service.tally.figures.watts == 0 }
            server.hangUp()
            try await Self.until("all came back") { service.tally.figures.connects == 120 }
            try await Self.until("all are up") { service.tally.figures.connected == 60 }
            let actions = server.state.withLock { $0.actions }
            #expect(actions["BootNotification"] == 60, "nobody boots twice")
            #expect(Set(server.state.withLock { $0.identities }).count == 60)
            group.cancelAll()
        }
        #expect(service.tally.figures.connected == 0, "all hung up at the end")
        try await server.stop()
    }

    /// `CS0001:open` and base64 of it; a station without the secret is refused and tries again.
    @Test func secretsOpenTheDoor() async throws {
        let server = TestOperatorServer(secret: "Q1MwMDAxOm9wZW4=")
        let port = try await server.start()
        let secrets = try Secrets.read("CS0001,open\nCS0002,wrong\n")
        let options = try Self.options(port: port, count: 3, secrets: secrets)
        let service = StationsService(options: options, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            try await Self.until("the one with the secret is in") {
                service.tally.figures.inTransaction == 1
            }
            group.cancelAll()
        }
        #expect(Set(server.state.withLock { $0.identities }) == ["CS0001"])
        try await server.stop()
    }

    /// wss with a certificate of an authority of its own; without that authority no station gets in.
    @Test func overTLSOnlyWithTheRightAuthority() async throws {
        guard let openssl = Program.find("openssl") else {
            print("skipped: no openssl on the search path")
            return
        }
        let folder = try Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (key, certificate) = (folder.path + "/key.pem", folder.path + "/certificate.pem")
        let made = try Program.run(
            openssl,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            ])
        #expect(made.status == 0, "\(made.errors)")
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMFile(certificate).map {
                    .certificate($0)
                },
                privateKey: .privateKey(NIOSSLPrivateKey(file: key, format: .pem))))
        let server = TestOperatorServer(secret: nil, tls: context)
        let port = try await server.start()
        for (roots, comes) in [(certificate, true), (nil, false)] {
            var options = try Self.options(port: port, count: 3)
            options.endpoints = [try StationsEndpoint("wss://127.0.0.1:\(port)/ocpp")]
            options.trustRoots = roots
            let service = StationsService(options: options, logger: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                if comes {
                    try await Self.until("all are in") { service.tally.figures.inTransaction == 3 }
                } else {
                    try await Task.sleep(for: .milliseconds(500))
                    #expect(service.tally.figures.connects == 0)
                }
                group.cancelAll()
            }
        }
        try await server.stop()
    }

    @Test func nobodyThereIsNoEnd() async throws {
        let options = try Self.options(port: 1, count: 2)
        let service = StationsService(options: options, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            try await Task.sleep(for: .milliseconds(200))
            group.cancelAll()
        }
        #expect(service.tally.figures.connected == 0)
    }

    @Test func backOffDoublesAndResets() {
        var generator = SeededGenerator(seed: 1)
        var backOff = BackOff(minimum: .seconds(1), randomRange: .zero, repeatTimes: 3)
        let waits = (0..<6).map { _ in backOff.next(with: &generator).seconds }
        #expect(waits == [1, 2, 4, 8, 8, 8])
        backOff.succeeded()
        #expect(backOff.next(with: &generator).seconds == 1)
    }
}
