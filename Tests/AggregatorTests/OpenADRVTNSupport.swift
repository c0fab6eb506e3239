import Domain
import Logging
import OpenADR
import Synchronization
import Testing

@testable import Aggregator

/// A VTN on no socket, with the three clients that OpenADR's own test suites use, and a clock of its own.
final class VTNBench: Sendable {
    let vtn: VTN

    static let configuration: VTNConfiguration = {
        let ven = [
            "read_targets", "read_ven_objects", "write_reports", "write_subscriptions",
            "write_vens",
        ]
        return VTNConfiguration(clients: [
            .init(
                id: "bl_client", secret: "1001",
                scopes: [
                    "read_all", "write_programs", "write_events", "write_subscriptions",
                    "write_vens",
                ]),
            .init(id: "ven_client", secret: "999", scopes: ven),
            .init(id: "ven_client2", secret: "9999", scopes: ven),
        ])
    }()

    init(
        _ change: (inout VTNConfiguration) -> Void = { $0.allowInsecureCallbacks = true },
        journal: (any ObjectJournal)? = nil
    ) throws {
        var configuration = Self.configuration
        change(&configuration)
        let box = Clock()
        self.box = box
        self.vtn = try VTN(
            configuration, journal: journal, now: { box.now.withLock { $0 } },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    final class Clock: Sendable {
        let now = Mutex(Instant(seconds: 1_795_687_200))
    }
    private let box: Clock

    func advance(_ seconds: Int) {
        self.box.now.withLock { $0 = $0 + .seconds(seconds) }
    }

    func token(_ id: String, _ secret: String, scope: String? = nil) async throws -> String {
        var form = "grant_type=client_credentials&client_id=\(id)&client_secret=\(secret)"
        if let scope { form += "&scope=\(scope)" }
        let response = await self.vtn.respond(
            to: VTNRequest(
                method: "POST", path: "auth/token",
                contentType: "application/x-www-form-urlencoded",
                body: Array(form.utf8)))
        let json = try JSONParser.parse(response.body)
        return try #require(json.object?["access_token"]?.string)
    }

    /// Sends a request as a client of the bench and reads the answer.
    func send(
        _ method: String, _ path: String, _ body: String? = nil, as client: String? = "bl_client",
        accept: String? = nil, contentType: String? = "application/json"
    ) async throws -> (status: Int, json: JSON, headers: [String: String]) {
        let secrets = ["bl_client": "1001", "ven_client": "999", "ven_client2": "9999"]
        var authorization: String?
        if let client {
            authorization = "Bearer " + (try await self.token(client, secrets[client] ?? client))
        }
        let halves = path.split(separator: "?", maxSplits: 1).map(String.init)
        let response = await self.vtn.respond(
            to: VTNRequest(
                method: method, path: halves[0], query: halves.count > 1 ? halves[1] : nil,
                authorization: authorization, contentType: body == nil ? nil : contentType,
                accept: accept, origin: "http://vtn.test", body: Array((body ?? "").utf8)))
        return (
            response.status, try JSONParser.parse(response.body),
            Dictionary(response.headers) { first, _ in first }
        )
    }

    /// Creates an object and returns its id.
    func make(_ path: String, _ body: String, as client: String = "bl_client") async throws
        -> String
    {
        let answer = try await self.send("POST", path, body, as: client)
        try #require(answer.status == 201, "\(JSONWriter.text(answer.json))")
        return try #require(answer.json.object?["id"]?.string)
    }

    func ids(_ path: String, as client: String = "bl_client") async throws -> [String] {
        let answer = try await self.send("GET", path, as: client)
        try #require(answer.status == 200)
        return answer.json.array?.compactMap { $0.object?["id"]?.string } ?? []
    }
}
