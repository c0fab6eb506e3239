import Domain

/// Series of a run as plots and as CSV.
extension TwinReport {
    static func plots(_ steps: [TwinRecorder.Step], kind: SignalKind?) -> String {
        guard let start = steps.first?.at else { return "" }
        func line(_ label: String, _ colour: Int, _ value: (TwinRecorder.Step) -> Double)
            -> Plot.Line
        {
            Plot.Line(
                label: label, colour: colour,
                points: steps.map { step in
                    (x: Double((step.at - start).milliseconds) / 1_000, y: value(step))
                })
        }
        var plots: [Plot] = []
        if let kind {
            let isHertz = kind == .frequency
            plots.append(
                Plot(
                    title: isHertz ? "Grid frequency" : "Regulation signal",
                    unit: isHertz ? "Hz" : "of the award, + = up",
                    lines: [line("signal", 4) { Double($0.signal ?? 0) / 1_000 }]))
        }
        plots.append(
            Plot(
                title: "Requested and delivered", unit: "kW, deviation from the baseline, + = up",
                lines: [
                    line("requested", 2) { Double($0.requested) / 1_000 },
                    line("delivered", 1) { Double($0.delivered) / 1_000 },
                ]))
        plots.append(
            Plot(
                title: "Metered power and baseline", unit: "kW, + = charge",
                lines: [
                    line("baseline", 3) { Double($0.baseline) / 1_000 },
                    line("metered", 1) { Double($0.metered) / 1_000 },
                ]))
        plots.append(
            Plot(
                title: "Headroom", unit: "kW",
                lines: [
                    line("up", 1) { Double($0.headroomUp) / 1_000 },
                    line("down", 2) { Double($0.headroomDown) / 1_000 },
                ]))
        plots.append(
            Plot(
                title: "Cars plugged in", unit: "", lines: [line("cars", 3) { Double($0.plugged) }])
        )
        return plots.map { $0.svg() }.joined()
    }

    static func delivered(_ steps: [TwinRecorder.Step]) -> String {
        var text = "time,requested_kw,delivered_kw\n"
        text.reserveCapacity(steps.count * 48)
        for step in steps {
            text += Timestamp.format(step.at)
            text += "," + DecimalText.thousandths(step.requested)
            text += "," + DecimalText.thousandths(step.delivered) + "\n"
        }
        return text
    }
}
