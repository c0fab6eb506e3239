import Foundation

/// The `openssl` program, in a folder of its own that is gone afterwards. Blocks: never on an event loop.
struct OpenSSL {
    struct Outcome {
        var status: Int32
        /// Output and errors together, as it writes them.
        var text: String

        /// What stands behind `mark` on its line.
        func value(after mark: String) -> String? {
            for line in self.text.split(separator: "\n") {
                guard let found = line.range(of: mark) else { continue }
                return line[found.upperBound...].trimmingCharacters(in: .whitespaces)
            }
            return nil
        }
    }

    let folder: URL

    /// Runs `body` with a folder that only we may read.
    static func inFolder<Value>(_ body: (OpenSSL) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "headroom-x509-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(OpenSSL(folder: folder))
    }

    func path(_ name: String) -> String { self.folder.appending(path: name).path }

    func write(_ text: String, _ name: String) throws -> String {
        try self.write(Array(text.utf8), name)
    }

    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let url = self.folder.appending(path: name)
        try Data(bytes).write(to: url)
        return url.path
    }

    func read(_ name: String) -> [UInt8]? {
        (try? Data(contentsOf: self.folder.appending(path: name))).map { Array($0) }
    }

    func run(_ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
    }

    /// The common name of a certificate's or request's subject.
    func commonName(_ arguments: [String]) throws -> String? {
        try self.run(arguments + ["-noout", "-subject", "-nameopt", "multiline,utf8"]).value(after: "commonName")
            .map { $0.drop { $0 == "=" || $0 == " " } }.map(String.init)
    }

    /// The certificates of a PEM text, each with its marks.
    static func certificates(in text: String) -> [String] {
        let end = "-----END CERTIFICATE-----"
        return text.components(separatedBy: end).dropLast().compactMap { part in
            part.range(of: "-----BEGIN CERTIFICATE-----").map { part[$0.lowerBound...] + end + "\n" }
        }
    }
}
