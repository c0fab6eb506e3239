import Foundation
package import OpenADR
import Runtime

/// Where a VTN keeps its objects over a restart. Called in order, one call at a time.
package protocol ObjectJournal: Sendable {
    /// All objects as they were last, in order of creation.
    func load() throws -> [KeptObject]
    /// Keeps a new or changed object for good before it returns.
    func put(_ object: KeptObject) throws
    func remove(_ type: ObjectType, _ id: ObjectID) throws
}

/// One JSON object a line: `{"put":{…}}` or `{"remove":{…}}`. Opening it drops a torn last line and
/// rewrites the file without what was replaced.
package final class FileObjectJournal: ObjectJournal {
    private let handle: FileHandle
    private let loaded: [KeptObject]

    /// Opens or creates the file at `path` and reads what it holds.
    package init(path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.loaded = try Self.read(path)
        let text = self.loaded.reduce(into: Data()) { $0 += Self.line("put", $1.json()) }
        do {
            try text.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw RuntimeError(
                .fileMissing,
                "cannot write \(path): make its folder writable or set another stateFile")
        }
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw RuntimeError(
                .fileMissing, "cannot open \(path): make it writable or set another stateFile")
        }
        self.handle = handle
        try handle.synchronize()
    }

    deinit {
        try? self.handle.close()
    }

    package func load() throws -> [KeptObject] { self.loaded }

    private static func read(_ path: String) throws -> [KeptObject] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        let bytes = Array(data)
        var objects: [ObjectID: KeptObject] = [:]
        var order: [ObjectID] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        for (number, line) in lines.enumerated() {
            guard let value = try? JSONParser.parse(Array(line), maximumBytes: 1 << 24) else {
                if number == lines.count - 1, bytes.last != UInt8(ascii: "\n") { break }
                throw RuntimeError(
                    .failed, "\(path): line \(number + 1) is damaged: restore the file or remove it"
                )
            }
            if let object = value.object?["put"].flatMap(Self.object) {
                if objects.updateValue(object, forKey: object.id) == nil { order.append(object.id) }
            } else if let id = value.object?["remove"]?.object?["id"]?.string.flatMap({
                ObjectID($0)
            }) {
                objects[id] = nil
                order.removeAll { $0 == id }
            }
        }
        return order.compactMap { objects[$0] }
    }

    package func put(_ object: KeptObject) throws {
        try self.append(Self.line("put", object.json()))
    }

    package func remove(_ type: ObjectType, _ id: ObjectID) throws {
        let object: JSONObject = ["objectType": .string(type.rawValue), "id": .string(id.text)]
        try self.append(Self.line("remove", .object(object)))
    }

    private func append(_ line: Data) throws {
        try self.handle.seekToEnd()
        try self.handle.write(contentsOf: line)
        try self.handle.synchronize()
    }

    private static func line(_ verb: String, _ json: JSON) -> Data {
        Data(JSONWriter.bytes(.object([verb: json])) + [UInt8(ascii: "\n")])
    }

    private static func object(_ json: JSON) -> KeptObject? {
        guard let object = json.object,
            let type = object["objectType"]?.string.flatMap(ObjectType.init(rawValue:)),
            let id = object["id"]?.string.flatMap({ ObjectID($0) }),
            let created = object["createdDateTime"]?.string.flatMap({ DateTime($0) }),
            let modified = object["modificationDateTime"]?.string.flatMap({ DateTime($0) })
        else { return nil }
        let owned = type != .program && type != .event
        let stamped = ObjectStamps.members.union(owned ? ["clientID"] : [])
        return KeptObject(
            type: type, id: id, created: created, modified: modified,
            clientID: owned ? object["clientID"]?.string : nil, body: object.without(stamped),
            sequence: 0, revision: 0)
    }
}
