import AsyncHTTPClient
import Domain
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import OpenADR
import Runtime
import Synchronization

/// Delivers notifications to subscribers' callback URLs: bounded, at least once, with back-off. What a
/// subscriber misses it finds by reading: a notification is a hint.
final class Webhooks: Sendable {
    /// One notification to one URL.
    struct Notice: Hashable, Sendable {
        var subscription: ObjectID
        var url: String
        /// Never printed.
        var bearerToken: String?
        var body: [UInt8]
    }
    struct Waiting: Hashable, Sendable {
        var notice: Notice
        var attempts = 0
        var due: Instant
    }
    struct Counters: Hashable, Sendable {
        var delivered = 0
        var retried = 0
        var abandoned = 0
        var overflowed = 0
    }
    private struct State {
        var waiting: [Waiting] = []
        var counters = Counters()
    }
    /// After so many attempts a notice is given up.
    static let maximumAttempts = 8
    private static let parallel = 16
    private let state = Mutex(State())
    private let limit: Int
    private let insecure: Bool
    private let logger: Logger

    init(limit: Int, insecure: Bool, logger: Logger) {
        self.limit = limit
        self.insecure = insecure
        self.logger = logger
    }

    var counters: Counters { self.state.withLock { $0.counters } }
    var waitingCount: Int { self.state.withLock { $0.waiting.count } }

    /// Never blocks: when the queue is full the oldest notices are dropped and counted.
    func enqueue(_ notices: [Notice]) {
        guard !notices.isEmpty else { return }
        let now = WallClock.now()
        self.state.withLock { state in
            state.waiting += notices.map { Waiting(notice: $0, due: now) }
            let excess = state.waiting.count - self.limit
            guard excess > 0 else { return }
            state.waiting.removeFirst(excess)
            state.counters.overflowed += excess
        }
    }

    /// Seconds to wait after a failed attempt: 2, 4, 8 … at most 300.
    static func backOff(attempts: Int) -> Int { min(300, 1 << min(attempts, 9)) }

    /// What an answer means: true delivered, false never to be tried again, nil try again.
    static func verdict(status: Int) -> Bool? {
        switch status {
        case 200..<300: true
        case 408, 429: nil
        case 300..<500: false
        default: nil
        }
    }

    func run() async throws {
        let client = Self.client()
        do {
            while !Task.isCancelled {
                let due = self.takeDue(WallClock.now())
                await withTaskGroup(of: Void.self) { group in
                    for waiting in due { group.addTask { await self.deliver(waiting, client) } }
                }
                if due.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            }
        } catch is CancellationError {}
        try await client.shutdown()
    }

    private func takeDue(_ now: Instant) -> [Waiting] {
        self.state.withLock { state in
            var due: [Waiting] = []
            var busy = Set<String>()
            state.waiting.removeAll { waiting in
                // One at a time for each URL, so that a slow receiver gets them in order.
                guard due.count < Self.parallel, !busy.contains(waiting.notice.url) else {
                    return false
                }
                busy.insert(waiting.notice.url)
                guard waiting.due <= now else { return false }
                due.append(waiting)
                return true
            }
            return due
        }
    }

    private func deliver(_ waiting: Waiting, _ client: HTTPClient) async {
        let verdict = await self.post(waiting, client)
        var again = waiting
        again.attempts += 1
        self.state.withLock { state in
            if verdict == true {
                state.counters.delivered += 1
            } else if verdict == false || again.attempts >= Self.maximumAttempts {
                state.counters.abandoned += 1
            } else {
                state.counters.retried += 1
                again.due = WallClock.now() + .seconds(Self.backOff(attempts: again.attempts))
                state.waiting.insert(again, at: 0)
            }
        }
        if verdict == false || again.attempts >= Self.maximumAttempts, verdict != true {
            self.logger.warning(
                "notification given up",
                metadata: [
                    "subscription.id": "\(waiting.notice.subscription)",
                    "url": "\(waiting.notice.url)",
                ])
        }
    }

    private func post(_ waiting: Waiting, _ client: HTTPClient) async -> Bool? {
        var request = HTTPClientRequest(url: waiting.notice.url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "x-openadr-attempt", value: String(waiting.attempts + 1))
        if let token = waiting.notice.bearerToken {
            request.headers.add(name: "authorization", value: "Bearer \(token)")
        }
        request.body = .bytes(ByteBuffer(bytes: waiting.notice.body))
        guard let response = try? await client.execute(request, timeout: .seconds(15)) else {
            return nil
        }
        _ = try? await response.body.collect(upTo: 4_096)
        return Self.verdict(status: Int(response.status.code))
    }

    /// No redirects: a callback goes where the subscriber said, nowhere else.
    private static func client() -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(15))
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

extension Webhooks {
    /// Asks each callback for an echo before a subscription is kept (Definition, Webhooks).
    func challenge(_ urls: [String]) async throws {
        for url in urls { try self.checkForm(url) }
        guard !self.insecure else { return }
        let client = Self.client()
        do {
            for url in Set(urls) {
                try await Self.checkAddress(url)
                try await Self.echo(url, client)
            }
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    private func checkForm(_ url: String) throws {
        let secure = url.hasPrefix("https://")
        guard secure || (self.insecure && url.hasPrefix("http://")) else {
            throw Refusal(400, "callbackUrl: use https")
        }
        guard Self.host(of: url) != nil else {
            throw Refusal(400, "callbackUrl: send an absolute URL")
        }
    }

    static func host(of url: String) -> String? {
        guard let start = url.range(of: "://")?.upperBound else { return nil }
        let authority = url[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@").last ?? ""
        if host.first == "[" {
            return host.dropFirst().split(separator: "]").first.map(String.init)
        }
        return host.split(separator: ":").first.map(String.init)
    }

    /// Refuses addresses inside networks of our own, also behind a name.
    private static func checkAddress(_ url: String) async throws {
        let host = Self.host(of: url) ?? ""
        let address = try? await NIOThreadPool.singleton.runIfActive {
            try SocketAddress.makeAddressResolvingHost(host, port: 443)
        }
        guard let text = address?.ipAddress else {
            throw Refusal(400, "callbackUrl: the host does not resolve")
        }
        guard !Self.isInternal(text) else {
            throw Refusal(400, "callbackUrl: the host is inside a private network")
        }
    }

    /// Loopback, link-local, private and reserved addresses.
    static func isInternal(_ address: String) -> Bool {
        if address.contains(":") {
            let lower = address.lowercased()
            if lower.hasPrefix("::ffff:") { return Self.isInternal(String(lower.dropFirst(7))) }
            return lower == "::1" || lower == "::" || lower.hasPrefix("fe8")
                || lower.hasPrefix("fe9")
                || lower.hasPrefix("fea") || lower.hasPrefix("feb") || lower.hasPrefix("fc")
                || lower.hasPrefix("fd") || lower.hasPrefix("ff")
        }
        let parts = address.split(separator: ".").compactMap { UInt8($0) }
        guard parts.count == 4 else { return true }
        switch (parts[0], parts[1]) {
        case (0, _), (10, _), (127, _), (169, 254), (192, 168), (224..., _): return true
        case (172, 16..<32), (100, 64..<128): return true
        default: return false
        }
    }

    private static func echo(_ url: String, _ client: HTTPClient) async throws {
        let word = WallClock.newTrace().hex
        let request = HTTPClientRequest(url: url + (url.contains("?") ? "&" : "?") + "echo=" + word)
        let refusal = Refusal(
            400, "callbackUrl: answer GET ?echo=… with 200 and the same word in the body")
        guard let response = try? await client.execute(request, timeout: .seconds(10)),
            response.status == .ok, let body = try? await response.body.collect(upTo: 4_096),
            String(buffer: body).contains(word)
        else { throw refusal }
    }
}

extension String {
    /// Where `text` first stands in this one.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        var start = self.startIndex
        while start < self.endIndex {
            if self[start...].hasPrefix(text) {
                return start..<self.index(start, offsetBy: text.count)
            }
            start = self.index(after: start)
        }
        return nil
    }
}
