package import Foundation
import Glibc

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

    /// Starts a program with its output at the end of the file `log`.
    package static func start(
        _ path: String, _ arguments: [String], log: URL, environment: [String: String] = [:]
    ) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = Workspace.root
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process.standardOutput = output
        process.standardError = process.standardOutput
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Ends a program at once. It has the signals blocked that the thread had which started it, often SIGTERM among them.
    package static func end(_ process: Process) {
        if process.isRunning { _ = kill(process.processIdentifier, SIGKILL) }
    }

    /// Runs a program to its end.
    package static func run(
        _ path: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Outcome {
        let folder = try self.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = folder.appending(path: "out")
        let errors = folder.appending(path: "err")
        let child = try Child(
            path, arguments, environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
            output: output.path, errors: errors.path)
        return Outcome(
            status: child.wait(),
            output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8))
    }

    /// Asks a program to end and waits until it has.
    /// - Returns: whether it did within `seconds`.
    @discardableResult
    package static func end(_ process: Process, within seconds: Double = 8) async throws -> Bool {
        process.terminate()
        let limit = ContinuousClock.now + .seconds(seconds)
        while process.isRunning, ContinuousClock.now < limit { try await Task.sleep(for: .milliseconds(50)) }
        return !process.isRunning
    }

    /// Looks every fifth of a second until there is something; nil when there was nothing within `seconds`.
    package static func wait<Value>(within seconds: Double, for look: () async throws -> Value?) async throws -> Value?
    {
        let limit = ContinuousClock.now + .seconds(seconds)
        while true {
            if let found = try await look() { return found }
            guard ContinuousClock.now < limit else { return nil }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Runs `body` with the `headroom` binary and a folder of the test's own, which is gone afterwards.
    package static func withHeadroom(_ body: (_ headroom: String, _ folder: URL) async throws -> Void) async throws {
        struct Absent: Error { var text = "the test wants .wantsHeadroom" }
        guard let headroom = self.headroom else { throw Absent() }
        let folder = try self.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(headroom, folder)
    }

    /// A new folder of the test's own.
    package static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "headroom-test-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
