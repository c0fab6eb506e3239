package import Foundation

/// Runs programs from tests: ours and those of others.
package enum Program {
    /// What a program left behind.
    package struct Outcome: Sendable {
        package var status: Int32
        package var output: String
        package var errors: String
    }

    /// The `headroom` binary beside the test bundle, or nil where only tests were built.
    package static var headroom: String? {
        let bundle = URL(filePath: CommandLine.arguments.first ?? "")
        let candidates: [String?] = [
            ProcessInfo.processInfo.environment["HEADROOM_BINARY"],
            bundle.deletingLastPathComponent().appending(path: "headroom").path,
            Workspace.root.appending(path: ".build/release/headroom").path,
        ]
        return candidates.compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The Python of the peers' virtual environment (`ops/setup test` makes it), or nil.
    package static var peersPython: String? {
        let environment = ProcessInfo.processInfo.environment
        let base = environment["HEADROOM_VENV"] ?? (environment["HOME"] ?? "") + "/.cache/headroom/venv"
        let path = base + "/peers/bin/python"
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// An executable on the search path, or nil.
    package static func find(_ name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Starts a program with its output in files below `folder`.
    package static func start(
        _ path: String, _ arguments: [String], log: URL, environment: [String: String] = [:]
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = Workspace.root
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = process.standardOutput
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Runs a program to its end.
    package static func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Outcome {
        let folder = try self.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = Workspace.root
        let output = folder.appending(path: "out")
        let errors = folder.appending(path: "err")
        for file in [output, errors] {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus,
            output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// A new folder of the test's own.
    package static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "headroom-test-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
