package import Domain

/// What a utility comes for: the signals that it sent, and that they were obeyed in time.
package enum UtilityPage {
    package static func html(
        user: SignedIn, figures: LiveFigures?, plot: HTML, signals: [GridSignal],
        samples: [DeliverySample], blocks: [BlockResult]
    ) -> HTML {
        Layout.page(
            title: "Signals and response", user: user, live: true,
            """
            <div class="tiles">\(liveTiles(figures))</div>
            <h2>Response</h2><div class="plot" id="plot">\(plot)</div>\(LivePlot.key)
            <h2>Settled blocks</h2>\(blockTable(blocks))
            <h2>Latest signals</h2>\(self.signalTable(signals))
            <h2>Latest seconds, as metered</h2>\(self.sampleTable(samples))
            """)
    }

    private static func signalTable(_ signals: [GridSignal]) -> HTML {
        let rows = signals.map { signal -> [HTML] in
            let value =
                switch signal.value {
                case .request(let watts): "\(Format.power(watts)) up"
                case .frequency(let milliHertz): Format.frequency(milliHertz)
                }
            return [
                "\(Format.time(signal.sentAt))", "\(signal.resource)", "\(signal.product)",
                "<span class=\"n\">\(value)</span>", "\(signal.sequence)", "\(signal.trace.hex)",
            ]
        }
        return Layout.table(
            ["Sent", "Resource", "Product", "Value", "Sequence", "Trace"], rows,
            empty: "No signal has been kept yet.")
    }

    private static func sampleTable(_ samples: [DeliverySample]) -> HTML {
        let rows = samples.map { sample -> [HTML] in
            [
                "\(Format.time(sample.at))", "\(sample.product)",
                "<span class=\"n\">\(Format.power(sample.requested.watts))</span>",
                "<span class=\"n\">\(Format.power(sample.delivered.watts))</span>",
                "<span class=\"n\">\(Format.power(sample.baseline.watts))</span>",
                "<span class=\"n\">\(Format.power(sample.metered.watts))</span>",
            ]
        }
        return Layout.table(
            ["Second", "Product", "Requested", "Delivered", "Baseline", "Metered"], rows,
            empty: "Nothing has been metered yet.")
    }
}
