import Aggregator
import Domain
import Foundation
import Portal
import Runtime

/// One run of the demo: writes the files, starts the processes, shows the figures, sums up.
struct DemoShow: Sendable {
    let layout: DemoLayout
    let stations: Int
    let minutes: Int
    let terminal: Terminal

    /// True when every check held.
    func play() async throws -> Bool {
        self.terminal.line(
            "headroom demo: \(self.stations) stations, \(self.minutes) minutes, files in \(self.layout.folder.path)")
        let start = Instant(seconds: WallClock.now().seconds + 3)
        let configurations = DemoConfigurations(layout: self.layout, start: start, minutes: self.minutes)
        let fleet = DemoFleetFiles(layout: self.layout, stations: self.stations, seed: 1)
        try configurations.write()
        try fleet.writeStations()
        let logins = try await fleet.enrol(database: configurations.database, start: start)
        try self.write(logins)
        var children: [ChildProcess] = []
        let figures: LiveFigures?
        do {
            try self.launch(&children)
            figures = try await self.watch(children, from: start)
        } catch {
            await stopAll(children, within: 1.8)
            throw error
        }
        guard !Task.isCancelled else {
            await stopAll(children, within: 1.8)
            self.terminal.line("stopped before a block was settled")
            return false
        }
        let utility = await fetch(UtilityStatus.self, from: self.layout.utility + "/utility/status")
        let summary = DemoSummary(
            figures: figures, echoes: utility?.echoes ?? 0, stations: self.stations, minutes: self.minutes,
            portal: self.layout.portal,
            data: self.layout.folder.path)
        try await self.finish(summary, logins, children)
        return summary.passed
    }

    private func write(_ logins: [DemoLogin]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try writeFile(
            String(decoding: try encoder.encode(logins), as: UTF8.self), to: self.layout.path("logins.json"),
            mode: 0o600)
    }

    private func launch(_ children: inout [ChildProcess]) throws {
        func start(_ name: String, _ arguments: [String]) throws {
            children.append(try ChildProcess(name: name, arguments: arguments, log: self.layout.path("\(name).log")))
        }
        try start("aggregator", ["aggregator", "--config", self.layout.path("aggregator.yaml")])
        try start("utility", ["utility", "--config", self.layout.path("utility.yaml")])
        for index in self.layout.workerPorts.indices {
            try start("worker-\(index + 1)", ["worker", "--config", self.layout.path("worker-\(index + 1).yaml")])
        }
        let urls = self.layout.workerPorts.flatMap { ["--url", "ws://127.0.0.1:\($0)/ocpp"] }
        try start(
            "stations",
            ["stations"] + urls + [
                "--fleet", self.layout.path("fleet.csv"), "--secrets", self.layout.path("secrets.csv"), "--frequency",
                self.layout.path("frequency.csv"), "--metrics-port", String(self.layout.metricsPort + 4),
            ])
    }

    /// Shows the figures until the time is over and a block is settled; the last ones are returned.
    private func watch(_ children: [ChildProcess], from start: Instant) async throws -> LiveFigures? {
        var view = LiveView(terminal: self.terminal)
        var last: LiveFigures?
        let total = self.minutes * 60
        while !Task.isCancelled {
            if let dead = children.first(where: { !$0.isRunning }) {
                let log = (try? String(contentsOfFile: self.layout.path("\(dead.name).log"), encoding: .utf8)) ?? ""
                let said = log.split(separator: "\n").last.map(String.init) ?? "it said nothing"
                throw RuntimeError(.failed, "\(dead.name) ended: \(said)")
            }
            if let figures = await fetch(LiveFigures.self, from: self.layout.portal + "/api/v1/live") { last = figures }
            let elapsed = max(0, (WallClock.now() - start).seconds)
            view.show(last, phase: self.phase(elapsed), elapsed: elapsed, total: total)
            let isOver = elapsed >= total && (last?.blocksSettled ?? 0) > 0
            if isOver || elapsed >= total + 30 { return last }
            try? await Task.sleep(for: .milliseconds(self.terminal.isScreen ? 250 : 1_000))
        }
        return last
    }

    private func phase(_ elapsed: Int) -> String {
        switch elapsed {
        case ..<DemoConfigurations.blockAfter: "cars plug in, a block is offered"
        case ..<DemoConfigurations.eventAfter: "the block runs, the grid is calm"
        case ..<(DemoConfigurations.eventAfter + 110): "power stations trip: cars answer"
        case ..<(DemoConfigurations.blockAfter + 315): "the grid is back, the block ends"
        default: "the block is settled"
        }
    }

    /// Prints the summary. On a screen the portal stays up until Ctrl-C.
    private func finish(_ summary: DemoSummary, _ logins: [DemoLogin], _ children: [ChildProcess]) async throws {
        if self.terminal.isScreen {
            for line in summary.words() { self.terminal.line(line) }
            self.terminal.line("  Portal: \(self.layout.portal)")
            for login in logins {
                self.terminal.line("    \(login.role): name \(login.user), password \(login.password)")
            }
            self.terminal.line("  Ctrl-C ends everything.")
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(1)) }
        }
        await stopAll(children, within: 1.8)
        if !self.terminal.isScreen { self.terminal.line(try summary.json()) }
    }
}
