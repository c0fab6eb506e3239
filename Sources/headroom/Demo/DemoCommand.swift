import ArgumentParser
import Domain
import Foundation
import Portal
import Runtime
import Synchronization
import UnixSignals

/// Everything on one machine: real processes over real sockets.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Play the whole chain on this machine.",
        discussion: "Example: headroom demo --stations 200 --minutes 8")

    @Option(help: "Simulated charging stations.") var stations = 200
    @Option(help: "Length in minutes, at least 6.") var minutes = 8
    @Option(help: "Folder for everything that is written; a new one in the temporary folder unless given.") var data:
        String?
    @Flag(help: "Plain lines and a final JSON summary; exits 0 only if every check held.") var headless = false

    func validate() throws {
        guard self.minutes >= 6 else {
            throw ValidationError("--minutes is at least 6: a block has to be sold, delivered and settled")
        }
        guard (10...5_000).contains(self.stations) else { throw ValidationError("--stations is 10 to 5000") }
    }

    func run() async throws {
        let folder = URL(
            filePath: self.data
                ?? FileManager.default.temporaryDirectory.appending(path: "headroom-demo-\(getpid())").path)
        for name in ["", "aggregator", "worker-1", "worker-2"] {
            try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        let show = DemoShow(
            layout: DemoLayout(folder: folder), stations: self.stations, minutes: self.minutes,
            terminal: Terminal(headless: self.headless))
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let passed = try await withThrowingTaskGroup(of: Bool?.self) { group in
            group.addTask { try await show.play() }
            group.addTask {
                for await _ in signals { return nil }
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            // After a signal the show still says how it stood: Ctrl-C at the summary is no failure.
            return if let first { first } else { try await group.next() ?? nil }
        }
        if passed != true { throw ExitCode(1) }
    }
}
