/// What was agreed on in the handshake for permessage-deflate (RFC 7692).
struct DeflateTerms: Hashable, Sendable {
    /// Base-2 logarithm of the window that we may compress with, 9…15.
    var serverWindowBits = 15
    /// True when the peer asked for the window, so that the answer must name it.
    var namesServerWindow = false

    /// The value of `Sec-WebSocket-Extensions` in the answer. No context is kept in either direction: a kept one
    /// costs about 300 KiB a connection. A server may ask for `client_no_context_takeover` unasked (7.1.1.2).
    var answer: String {
        let window = self.namesServerWindow ? "; server_max_window_bits=\(self.serverWindowBits)" : ""
        return "permessage-deflate; server_no_context_takeover; client_no_context_takeover" + window
    }

    /// The first offer that we can accept in full; an offer with anything unknown, doubled or out of bounds is
    /// declined as a whole (7.1), and nil means that messages stay as they are.
    /// - Parameter headers: all values of `Sec-WebSocket-Extensions`, in order.
    static func negotiated(_ headers: [String]) -> DeflateTerms? {
        for header in headers {
            for offer in Self.split(header, at: ",") {
                if let terms = DeflateTerms(offer: offer) { return terms }
            }
        }
        return nil
    }

    init() {}

    private init?(offer: Substring) {
        let parts = Self.split(offer, at: ";").map(Self.trimmed)
        guard parts.first?.lowercased() == "permessage-deflate" else { return nil }
        var seen: Set<String> = []
        for part in parts.dropFirst() {
            let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.trimmed(pieces[0]).lowercased()
            guard seen.insert(name).inserted else { return nil }
            let value = pieces.count > 1 ? Self.unquoted(Self.trimmed(pieces[1])) : nil
            switch name {
            case "server_no_context_takeover", "client_no_context_takeover":
                guard pieces.count == 1 else { return nil }
            case "client_max_window_bits":
                guard pieces.count == 1 || value.flatMap(Self.windowBits) != nil else { return nil }
            case "server_max_window_bits":
                // zlib cannot write raw streams with a window of 256 bytes.
                guard let bits = value.flatMap(Self.windowBits), bits > 8 else { return nil }
                self.serverWindowBits = bits
                self.namesServerWindow = true
            default: return nil
            }
        }
    }

    /// 8…15 in decimal without leading zeros.
    private static func windowBits(_ text: Substring) -> Int? {
        guard let bits = Int(text), (8...15).contains(bits), text.first != "0", text.first != "+" else { return nil }
        return bits
    }

    private static func split(_ text: some StringProtocol, at mark: Character) -> [Substring] {
        var parts: [Substring] = []
        var isQuoted = false
        let whole = Substring(text)
        var start = whole.startIndex
        for index in whole.indices {
            if whole[index] == "\"" { isQuoted.toggle() }
            if whole[index] == mark, !isQuoted {
                parts.append(whole[start..<index])
                start = whole.index(after: index)
            }
        }
        return parts + [whole[start...]]
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    private static func unquoted(_ text: Substring) -> Substring {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
        return text.dropFirst().dropLast()
    }
}
