import Foundation
import OCPP
import TestSupport

/// Good inputs: the golden frames and the configurations that the repository ships.
enum Seeds {
    static func file(_ path: String) -> [UInt8] {
        [UInt8]((try? Data(contentsOf: Workspace.root.appending(path: path))) ?? Data())
    }

    static func files(_ folder: String, _ suffix: String) -> [[UInt8]] {
        let root = Workspace.root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { self.file("\(folder)/\($0)") }
    }

    /// Golden frames in hexadecimal.
    static func hex(_ folder: String) -> [[UInt8]] {
        self.files("Protocols/\(folder)", ".hex").map { text in
            let digits = String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }.map { $0 }
            return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
        }
    }

    /// Calls of an OCPP version, a frame each.
    static func calls(_ version: OCPPVersion) -> [[UInt8]] {
        self.rows(version).filter { $0.first is Int }.compactMap { self.bytes($0) }
    }

    /// Answers of an OCPP version: the action that they answer, a line break, the frame.
    static func answers(_ version: OCPPVersion) -> [[UInt8]] {
        self.rows(version).compactMap { row in
            guard let action = row.first as? String, let frame = row.last else { return nil }
            return self.bytes(frame).map { Array((action + "\n").utf8) + $0 }
        }
    }

    private static func rows(_ version: OCPPVersion) -> [[Any]] {
        let file = self.file("Protocols/ocpp/messages-\(version.number).json")
        return (try? JSONSerialization.jsonObject(with: Data(file))) as? [[Any]] ?? []
    }

    private static func bytes(_ frame: Any) -> [UInt8]? {
        (try? JSONSerialization.data(withJSONObject: frame, options: .sortedKeys)).map { [UInt8]($0) }
    }

    static func texts(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }
}
