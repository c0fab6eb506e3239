import Foundation
import Glibc
import Synchronization

/// A process of the demo: the same binary with another subcommand, its output in a log file of its own.
final class ChildProcess: Sendable {
    let name: String
    private let process: Mutex<Process>

    /// Starts `headroom` with `arguments`.
    init(name: String, arguments: [String], log: String) throws {
        self.name = name
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        // The demo has a database of its own, whatever this machine's aggregator uses.
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "HEADROOM_DATABASE" }
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let file = FileHandle(forWritingAtPath: log)
        process.standardOutput = file
        process.standardError = file
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = Mutex(process)
    }

    var isRunning: Bool { self.process.withLock { $0.isRunning } }
    var exitStatus: Int32 { self.process.withLock { $0.isRunning ? 0 : $0.terminationStatus } }

    /// Asks it to stop; `kill` makes it stop.
    func terminate() { self.signal(SIGTERM) }
    func kill() { self.signal(SIGKILL) }

    private func signal(_ number: Int32) {
        self.process.withLock { process in
            if process.isRunning { _ = Glibc.kill(process.processIdentifier, number) }
        }
    }
}

/// Stops all in reverse order of start within `seconds`, then kills what is left.
func stopAll(_ children: [ChildProcess], within seconds: Double) async {
    for child in children.reversed() { child.terminate() }
    let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
    while children.contains(where: \.isRunning), ContinuousClock.now < deadline {
        try? await Task.sleep(for: .milliseconds(20))
    }
    for child in children where child.isRunning { child.kill() }
}
