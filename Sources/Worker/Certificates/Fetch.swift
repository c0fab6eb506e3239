import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What another thread puts in.
private final class Box: Sendable {
    let found = Mutex<[UInt8]?>(nil)
}

/// One HTTP exchange of at most 5 s and 1 MiB. Blocks: never on an event loop.
enum Fetch {
    private static let most = 1 << 20

    static func get(_ url: String) -> [UInt8]? {
        URL(string: url).flatMap { self.body(of: URLRequest(url: $0)) }
    }

    /// Posts JSON; nil unless the answer is 200.
    static func post(_ json: [UInt8], to url: String) -> [UInt8]? {
        guard let address = URL(string: url) else { return nil }
        var request = URLRequest(url: address)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(json)
        return self.body(of: request)
    }

    /// Posts a request for a certificate as EST wants it (RFC 7030, section 4.2.1); nil unless the answer is 200.
    /// - Parameters:
    ///   - request: PKCS #10 in base64.
    ///   - login: `user:password`.
    static func enroll(_ request: String, at url: String, login: String?) -> [UInt8]? {
        guard let address = URL(string: url) else { return nil }
        var exchange = URLRequest(url: address)
        exchange.httpMethod = "POST"
        exchange.setValue("application/pkcs10", forHTTPHeaderField: "Content-Type")
        exchange.setValue("base64", forHTTPHeaderField: "Content-Transfer-Encoding")
        if let login {
            let value = "Basic " + Data(login.utf8).base64EncodedString()
            exchange.setValue(value, forHTTPHeaderField: "Authorization")
        }
        exchange.httpBody = Data(request.utf8)
        return self.body(of: exchange)
    }

    private static func body(of request: URLRequest) -> [UInt8]? {
        var request = request
        request.timeoutInterval = 5
        let box = Box()
        let done = DispatchSemaphore(value: 0)
        let task = URLSession.shared.dataTask(with: request) { data, response, _ in
            let isGood = (response as? HTTPURLResponse)?.statusCode == 200
            if isGood, let data, data.count <= Self.most { box.found.withLock { $0 = Array(data) } }
            done.signal()
        }
        task.resume()
        if done.wait(timeout: .now() + 6) == .timedOut { task.cancel() }
        return box.found.withLock { $0 }
    }
}
