import Foundation

/// Golden files below `Protocols/`: read by tests, rewritten with `UPDATE_GOLDEN=1`.
package enum Golden {
    /// The bytes of a file of hexadecimal digits (white space and `#` comments are left out).
    /// With `UPDATE_GOLDEN=1` it is written from `bytes` first. Nil where it does not exist.
    package static func hex(_ path: String, updating bytes: [UInt8]) -> [UInt8]? {
        let url = Workspace.root.appending(path: "Protocols/\(path)")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            var text = ""
            for (index, byte) in bytes.enumerated() {
                text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
                text += index % 16 == 15 ? "\n" : " "
            }
            try? Data((text + "\n").utf8).write(to: url)
        }
        guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
        let digits = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: " ")
        return digits.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }
}
