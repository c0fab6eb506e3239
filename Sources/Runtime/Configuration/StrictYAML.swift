import Foundation
import Yams

/// Reads YAML into a `Decodable` and refuses keys that nothing reads, naming file, line and key.
package enum StrictYAML {
    /// Decodes the file at `path`.
    /// - Throws: ``RuntimeError`` with one line that names the file and what to change.
    package static func load<Value: Decodable>(
        _ type: Value.Type = Value.self, from path: String
    ) throws -> Value {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw RuntimeError(.fileMissing, "cannot read \(path): give an existing, readable file")
        }
        return try self.decode(type, from: text, name: path)
    }

    /// Decodes `text`; `name` is what error lines call it.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from text: String, name: String
    ) throws -> Value {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            let line = "\(error)".split(separator: "\n").first ?? "syntax error"
            throw RuntimeError(.invalidConfiguration, "\(name): not YAML: \(line)")
        }
        let usage = KeyUsage()
        let root = node ?? Node.mapping(.init([]))
        do {
            let value = try Value(from: NodeDecoder(node: root, codingPath: [], usage: usage))
            if let stray = usage.firstUnread(in: root, path: "") {
                throw RuntimeError(
                    .invalidConfiguration,
                    "\(name):\(stray.line): unknown key '\(stray.key)': remove it or check its spelling")
            }
            return value
        } catch let error as DecodingError {
            throw RuntimeError(.invalidConfiguration, "\(name): \(explanation(of: error))")
        }
    }
}

/// One line for a decoding error: the dotted path and what was expected there.
private func explanation(of error: DecodingError) -> String {
    func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
        (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
        return "'\(path(context, key))' is missing: add it"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
        return "'\(path(context))': \(context.debugDescription)"
    @unknown default:
        return "cannot be read"
    }
}

/// Which keys of which mapping were asked for, by dotted path.
final class KeyUsage {
    private var read: Set<String> = []

    func note(_ path: String) {
        self.read.insert(path)
    }

    /// Marks everything below as read (values taken as a whole).
    func firstUnread(in node: Node, path: String) -> (key: String, line: Int)? {
        switch node {
        case .mapping(let mapping):
            for (key, value) in mapping {
                guard let name = key.string else { continue }
                let child = path + "/" + name
                guard self.read.contains(child) else { return (name, key.mark?.line ?? 0) }
                if let stray = self.firstUnread(in: value, path: child) { return stray }
            }
        case .sequence(let sequence):
            for (index, value) in sequence.enumerated() {
                if let stray = self.firstUnread(in: value, path: "\(path)/\(index)") { return stray }
            }
        default:
            break
        }
        return nil
    }
}
