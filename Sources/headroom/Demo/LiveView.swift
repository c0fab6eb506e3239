import Portal

/// Turns the live figures into what the terminal shows.
struct LiveView {
    private let terminal: Terminal
    private var drawn = 0
    private var lastPlainSecond = -1

    init(terminal: Terminal) {
        self.terminal = terminal
    }

    /// Shows the figures; `phase` says in words what is going on, `elapsed` and `total` in seconds.
    mutating func show(_ figures: LiveFigures?, phase: String, elapsed: Int, total: Int) {
        if self.terminal.isScreen {
            let lines = self.screen(figures, phase: phase, elapsed: elapsed, total: total)
            self.terminal.redraw(lines, over: self.drawn)
            self.drawn = lines.count
        } else if elapsed / 5 != self.lastPlainSecond / 5 || self.lastPlainSecond < 0 {
            self.lastPlainSecond = elapsed
            self.terminal.line(self.plain(figures, phase: phase, elapsed: elapsed))
        }
    }

    private func clock(_ seconds: Int) -> String {
        "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    }

    private func plain(_ figures: LiveFigures?, phase: String, elapsed: Int) -> String {
        guard let figures else { return "\(self.clock(elapsed)) \(phase)" }
        return
            "\(self.clock(elapsed)) \(hertz(figures.frequencyMilliHertz))  requested \(kilowatts(figures.requestedWatts))"
            + "  delivered \(kilowatts(figures.deliveredWatts))  headroom up \(kilowatts(figures.headroomUpWatts))"
            + " down \(kilowatts(figures.headroomDownWatts))  ready \(figures.vehiclesReady)/\(figures.vehiclesPlugged)"
            + "  earned \(figures.earned) \(figures.currency)  \(phase)"
    }

    private func screen(
        _ figures: LiveFigures?, phase: String, elapsed: Int, total: Int
    ) -> [String] {
        let head = "  Headroom  \(self.clock(elapsed)) of \(self.clock(total))   \(phase)"
        guard let figures else { return [head, ""] }
        let deviation = (figures.frequencyMilliHertz ?? 50_000) - 50_000
        let scale = max(
            figures.headroomUpWatts, figures.awardedUpWatts, figures.requestedWatts, 100_000)
        func row(_ name: String, _ value: String, _ drawing: String) -> String {
            let padded = name + String(repeating: " ", count: max(0, 12 - name.count))
            let right = String(repeating: " ", count: max(0, 12 - value.count)) + value
            return "  \(padded)\(right)  \(drawing)"
        }
        return [
            head, "",
            row("frequency", hertz(figures.frequencyMilliHertz), bar(deviation, low: -1300, high: 300, width: 48)),
            row(
                "requested", kilowatts(figures.requestedWatts),
                bar(figures.requestedWatts, low: -scale / 4, high: scale, width: 48)),
            row(
                "delivered", kilowatts(figures.deliveredWatts),
                bar(figures.deliveredWatts, low: -scale / 4, high: scale, width: 48)),
            row("headroom up", kilowatts(figures.headroomUpWatts), "awarded \(kilowatts(figures.awardedUpWatts))"),
            row("         dn", kilowatts(figures.headroomDownWatts), ""),
            row(
                "cars ready", "\(figures.vehiclesReady)/\(figures.vehiclesPlugged)",
                "\(figures.vehiclesDischarging) feeding the grid, \(figures.vehiclesAtRisk) at risk"),
            row("earned", figures.earned, "\(figures.currency), \(figures.blocksSettled) blocks settled"),
            "",
        ]
    }
}
