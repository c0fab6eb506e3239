import Domain
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import OpenADR
import Synchronization
import TestSupport
import Testing

@testable import Aggregator

/// Real sockets, and programs that are not ours at the other end.
@Suite("OpenADR: peers", .serialized, .ownThreads)
struct OpenADRInteropTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Python packages that this suite talks to, or nil with the reason printed.
    private func python(_ module: String) -> String? {
        guard let python = TestSupport.Program.peersPython else {
            print("skipped: no virtual environment of peers; ops/setup test makes it")
            return nil
        }
        guard (try? TestSupport.Program.run(python, ["-c", "import \(module)"]))?.status == 0 else {
            print("skipped: \(module) is not in the peers' virtual environment")
            return nil
        }
        return python
    }

    private func script(_ name: String) -> String {
        Workspace.root.appending(path: "Tests/Interop/\(name)").path
    }

    private func yaml() -> URL? {
        let url = Workspace.sharedData("openadr3/3.1.0/openadr3.yaml")
        if url == nil { print("skipped: ../shared/data/openadr3 is not on this machine") }
        return url
    }

    /// Runs a program without holding up the tasks that serve it.
    private func run(_ path: String, _ arguments: [String]) async throws
        -> TestSupport.Program.Outcome
    {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try TestSupport.Program.run(path, arguments) })
            }
        }
    }

    /// Hosts a VTN on a free port while `body` runs with its base URL.
    private func withVTN(_ body: (String, VTN) async throws -> Void) async throws {
        let bench = try VTNBench()
        let router = Router()
        bench.vtn.addRoutes(to: router)
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            group.addTask { try await bench.vtn.deliverNotifications() }
            let found = await ports.first { _ in true } ?? 0
            try await body("http://127.0.0.1:\(found)/openadr3/3.1.0", bench.vtn)
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    @Test func openadr3AsBusinessLogicAndVEN() async throws {
        guard let python = self.python("openadr3_client") else { return }
        try await self.withVTN { base, vtn in
            var arguments = [self.script("openadr_client.py"), base]
            if let yaml = self.yaml() { arguments.append(yaml.path) }
            let outcome = try await self.run(python, arguments)
            #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors.suffix(600))")
            let seen = try JSONParser.parse(
                Array(outcome.output.split(separator: "\n").last.map(String.init)?.utf8 ?? "".utf8))
            #expect(seen.object?["notifications"]?.number?.int == 2)
            if arguments.count > 2 { #expect((seen.object?["checked"]?.number?.int ?? 0) >= 9) }
            #expect(vtn.objects(.report).isEmpty)
        }
    }

    @Test func aReaderOfPricesHasNoComplaint() async throws {
        guard let python = self.python("oadr30") else { return }
        try await self.withVTN { base, vtn in
            let program = try await vtn.create(ProgramRequest(programName: "P"))
            try await vtn.create(
                EventRequest(
                    object: [
                        "programID": .string(program.id.text), "intervalPeriod": .null,
                        "intervals": .array([]),
                    ]))
            let outcome = try await self.run(python, [self.script("openadr_reader.py"), base])
            #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors.suffix(600))")
            #expect(outcome.output.contains(#""programs": 1"#))
            #expect(outcome.output.contains(#""events": 1"#))
        }
    }

    /// The whole round with a VTN that is not ours, over sockets, with its faults.
    @Test func theScriptedVTN() async throws {
        guard let python = TestSupport.Program.find("python3") else {
            print("skipped: python3 is not installed")
            return
        }
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = [self.script("openadr_scripted_vtn.py")]
        let output = Pipe()
        let input = Pipe()
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        try await ScriptedRound(base: "http://127.0.0.1:\(port)").play()
    }

    /// Every body that we send passes the official YAML, as PyPI connexion reads it.
    @Test func theOfficialYAMLAsAMock() async throws {
        guard let python = self.python("connexion"), let yaml = self.yaml() else { return }
        let port = 20_000 + Int(UInt64.random(in: 0..<20_000))
        let folder = try TestSupport.Program.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = try TestSupport.Program.start(
            python, [self.script("openadr_mock.py"), yaml.path, String(port), "/openadr3/3.1.0"],
            log: folder.appending(path: "log"))
        // It may have inherited a mask that keeps the polite signal away.
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let transport = HTTPTransport()
        let base = "http://127.0.0.1:\(port)/openadr3/3.1.0"
        func send(_ method: String, _ path: String, _ body: String = "") async throws -> Int {
            let exchange = VENExchange(
                method: method, url: "\(base)/\(path)",
                headers: ["content-type": "application/json", "authorization": "Bearer t"],
                body: Array(body.utf8))
            return try await transport.send(exchange).status
        }
        for _ in 0..<150 {
            if let status = try? await send("GET", "auth/server"), status == 200 { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(try await send("POST", "programs", "{}") == 400, "the mock checks what it gets")
        #expect(try await send("GET", "events?limit=51") == 400)
        let golden = [
            "program": "programs", "call": "events", "award": "events", "dispatch": "events",
            "bid": "reports", "award-ack": "reports", "telemetry": "reports",
            "performance": "reports",
            "ven": "vens", "resource": "resources", "subscription": "subscriptions",
        ]
        for (name, collection) in golden.sorted(by: { $0.key < $1.key }) {
            let url = Workspace.root.appending(path: "Protocols/openadr/golden/\(name).json")
            let body = try String(contentsOf: url, encoding: .utf8)
            let status = try await send("POST", collection, body)
            #expect(status == 201 || status == 200, "\(name): \(status)")
            #expect(try await send("PUT", "\(collection)/id-1", body) == 200, "\(name)")
        }
        for path in ["programs?skip=0&limit=50", "events?programID=p&active=true&skip=0&limit=50"] {
            #expect(try await send("GET", path) == 200)
        }
        try await transport.shutdown()
    }

    /// Our own webhook: it echoes, wants its token, and makes the VEN read at once.
    @Test func theCallback() async throws {
        let bench = try VENBench { $0.webhook = .init(url: "http://127.0.0.1:9/openadr3/callback") }
        _ = await bench.turn()
        #expect(bench.vtn.vtn.objects(.subscription).count == 1)
        _ = await bench.turn()
        #expect(bench.vtn.vtn.objects(.subscription).count == 1, "subscribed once")
        let token = try #require(
            bench.vtn.vtn.objects(.subscription).first.flatMap {
                try? $0.request(SubscriptionRequest.self).objectOperations.first?.bearerToken
            })
        let router = Router()
        bench.ven.addRoutes(to: router)
        let notification = #"{"objectType":"EVENT","operation":"CREATE","object":{"id":"e"}}"#
        try await Application(router: router, logger: Self.quiet).test(.router) { client in
            let echo = try await client.execute(uri: "/openadr3/callback?echo=a%20b", method: .get)
            #expect(String(buffer: echo.body) == "a b")
            func post(_ body: String, _ token: String) async throws -> Int {
                try await client.execute(
                    uri: "/openadr3/callback", method: .post,
                    headers: [.authorization: "Bearer \(token)"], body: ByteBuffer(string: body)
                ).status.code
            }
            #expect(try await post(notification, "wrong") == 401)
            #expect(try await post("{}", token) == 400)
            #expect(try await post(notification, token) == 200)
            #expect(
                try await client.execute(uri: "/openadr3/callback", method: .get).status
                    == .badRequest)
        }
    }
}

/// Plays our VEN against the scripted VTN until the story is told.
struct ScriptedRound {
    let base: String

    func play() async throws {
        var configuration = VENConfiguration(
            vtnURL: self.base, clientID: "ven", clientSecret: "999", venName: "headroom",
            programs: [.init(program: "SCRIPT-UPREG", product: "UPREG", resource: "fleet-1")])
        configuration.pollSeconds = 1
        let ears = VENBench.Ears()
        let ven = VENService(
            configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            sink: { ears.hear($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await ven.run() }
            try await self.tell(ven, ears)
            group.cancelAll()
            while (try? await group.next()) != nil {}
        }
    }

    /// Waits until `find` finds something in what was heard.
    private func hear<Value: Sendable>(
        _ ears: VENBench.Ears, _ what: String, _ find: (Domain.Event) -> Value?
    ) async throws -> Value {
        for _ in 0..<1_000 {
            if let found = ears.events.withLock({ $0.lazy.compactMap(find).first }) { return found }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw OpenADRError(.missing, "not heard: \(what)")
    }

    private func tell(_ ven: VENService, _ ears: VENBench.Ears) async throws {
        let call = try await self.hear(ears, "a call") { event -> BidCall? in
            if case .bidCalled(let call) = event { call } else { nil }
        }
        #expect(call.block.start - call.gateClosure == .seconds(10))
        for name in ["bid-1", "late"] {
            var bid = OpenADRSample.bid
            bid.id = BidID(name)
            bid.call = call
            bid.quantity = Power(watts: 900_000)
            ven.perform(
                Effect(
                    id: .init(epoch: Epoch(1), counter: 1),
                    action: .bid(
                        bid,
                        DeclaredBaseline(
                            resource: "fleet-1", interval: call.block,
                            submittedAt: call.gateClosure, points: []))))
        }
        let award = try await self.hear(ears, "an award") { event -> Award? in
            if case .awarded(let award) = event { award } else { nil }
        }
        #expect(award.bid == "bid-1")
        #expect(award.quantity.watts == 600_000)
        #expect(award.pricePerMegawattHour.microUnits == 40_000_000, "0.04 per kW is 40 per MW")
        let refusal = try await self.hear(ears, "a refusal") { event -> String? in
            if case .bidAnswered("late", .refused, let reason) = event { reason } else { nil }
        }
        #expect(refusal == "HTTP 409: the gate is closed")
        _ = try await self.hear(ears, "a receipt") { event -> Bool? in
            if case .bidAnswered("bid-1", .received, _) = event { true } else { nil }
        }
        try await self.script("POST")
        let request = try await self.hear(ears, "an instruction") { Self.watts($0) }
        #expect(request == 300_000)
        try await self.script("DELETE")
        _ = try await self.hear(ears, "its end") { Self.watts($0) == 0 ? true : nil }
        try await self.checkStory()
    }

    private static func watts(_ event: Domain.Event) -> Int? {
        guard case .signal(let signal) = event, case .request(let watts) = signal.value else {
            return nil
        }
        return watts
    }

    private func script(_ method: String) async throws {
        _ = try await self.load(method, "script/dispatch")
    }

    private func load(_ method: String, _ path: String) async throws -> [UInt8] {
        let transport = HTTPTransport()
        let answer = try await transport.send(
            VENExchange(method: method, url: "\(self.base)/\(path)", headers: [:], body: []))
        try await transport.shutdown()
        return answer.body
    }

    /// What the VTN has at the end: each thing once, although an answer got lost on the way.
    private func checkStory() async throws {
        let story = try JSONParser.parse(
            try await self.load("GET", "script"), maximumBytes: 1 << 22)
        let objects = try #require(story.object?["objects"]?.object)
        let reports =
            objects["reports"]?.array?.compactMap { $0.object?["reportName"]?.string } ?? []
        #expect(reports.filter { $0 == "BID-bid-1" }.count == 1)
        #expect(reports.contains("AWARD-ACK"))
        #expect(objects["vens"]?.array?.count == 1)
        #expect(objects["resources"]?.array?.count == 1)
        let log = story.object?["log"]?.array?.compactMap(\.string) ?? []
        #expect(log.filter { $0 == "POST /auth/token" }.count == 2, "a void token is replaced once")
    }
}
