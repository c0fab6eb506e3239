import CDispatch
import Foundation
import Glibc

/// Lean stations in a process of their own, for as long as this is held: what they cost is not counted as the server's.
final class Swarm {
    private let process = Process()
    private let lifeline = Pipe()

    /// - Parameter firstNumber: the stations are named S and a number, from this one on.
    init(_ role: SwarmRole, count: Int, port: Int, isTLS: Bool = false, firstNumber: Int = 0) throws {
        self.process.executableURL = URL(filePath: CommandLine.arguments[0])
        self.process.arguments = [
            swarmPeerArgument, String(port), String(count), role.rawValue, isTLS ? "tls" : "plain", String(firstNumber),
        ]
        self.process.standardInput = self.lifeline
        try self.process.run()
    }

    /// Hangs up all.
    func stop() {
        guard self.process.isRunning else { return }
        self.process.terminate()
        self.process.waitUntilExit()
    }

    /// CPU that the stations have used, microseconds.
    var microseconds: Int {
        let text = (try? String(contentsOfFile: "/proc/\(self.process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: " ")
        guard fields.count > 14, let user = Int(fields[13]), let system = Int(fields[14]) else { return 0 }
        return (user + system) * 1_000_000 / Int(sysconf(Int32(_SC_CLK_TCK)))
    }
}

/// A certificate of P-256 for the servers of one run, made by the `openssl` command.
final class BenchCertificate {
    let folder = FileManager.default.temporaryDirectory.appending(path: "headroom-bench-\(UUID().uuidString)")
    var chain: String { self.folder.appending(path: "server.pem").path }
    var key: String { self.folder.appending(path: "server.key").path }

    init() throws {
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
            + ["-subj", "/CN=localhost", "-keyout", self.key, "-out", self.chain]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw WrongResult(description: "no certificate: install openssl") }
    }

    deinit { try? FileManager.default.removeItem(at: self.folder) }
}

/// CPU of all threads of this process, microseconds.
func processMicroseconds() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
}

/// Memory of this process in RAM.
func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// Waits for something that another thread brings about.
func waitFor(_ what: String, seconds: Double = 10, every: Double = 0.005, _ done: () -> Bool) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while !done() {
        guard Date() < deadline else { throw WrongResult(description: "waited in vain for \(what)") }
        RunLoop.current.run(until: Date().addingTimeInterval(every))
    }
}

extension Duration {
    /// In ms.
    var milliseconds: Double {
        Double(self.components.seconds) * 1e3 + Double(self.components.attoseconds) / 1e15
    }
}
