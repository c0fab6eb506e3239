package import Domain
package import Engine

/// What a grid operator comes for: what was offered, what was bought, what came.
package enum GridPage {
    package static func html(
        user: SignedIn, figures: LiveFigures?, plot: HTML, bids: [Bid], awards: [Award],
        blocks: [BlockResult], refused: [RefusedAward] = [], forecasts: [EngineSnapshot.Forecast] = [],
        standings: [EngineSnapshot.Standing] = []
    ) -> HTML {
        Layout.page(
            title: "Bids and delivery", user: user, live: true,
            """
            <div class="tiles">\(liveTiles(figures))</div>
            <h2>Requested and delivered</h2><div class="plot" id="plot">\(plot)</div>\(LivePlot.key)
            <h2>Blocks that run</h2>\(StandingTable.html(standings, names: false))
            <h2>Settled blocks</h2>\(blockTable(blocks))
            <h2>Bids</h2>\(self.bidTable(bids))
            <h2>Awards</h2>\(self.awardTable(awards))
            <h2>Awards that were not taken</h2>\(self.refusedTable(refused))
            <h2>How the forecast did</h2>\(self.forecastTable(forecasts))
            """)
    }

    private static func bidTable(_ bids: [Bid]) -> HTML {
        let rows = bids.map { bid -> [HTML] in
            let why = bid.explanation + (bid.refusal.map { "; " + $0 } ?? "")
            return [
                "\(Format.time(bid.call.block.start))", "\(bid.call.product)", "\(bid.direction.rawValue)",
                "<span class=\"n\">\(Format.power(bid.quantity.watts))</span>",
                "<span class=\"n\">\(Format.share(bid.confidence))</span>",
                "<span class=\"n\">\(bid.risk.map { Format.share($0.shortfallProbability) } ?? "–")</span>",
                "<span class=\"n\">\(bid.risk.map { Format.money($0.expectedPenalty) } ?? "–")</span>",
                "\(bid.state.rawValue)", "\(why)",
            ]
        }
        return Layout.table(
            [
                "Block", "Product", "Direction", "Firm", "Held with", "Less is there", "Expected penalty", "State",
                "Why this much",
            ], rows,
            empty: "No bid has been made yet.")
    }

    private static func awardTable(_ awards: [Award]) -> HTML {
        let rows = awards.map { award -> [HTML] in
            [
                "\(Format.time(award.block.start))", "\(Format.time(award.block.end))", "\(award.product)",
                "\(award.direction.rawValue)", "<span class=\"n\">\(Format.power(award.quantity.watts))</span>",
                "<span class=\"n\">\(Format.money(award.pricePerMegawattHour))</span>",
            ]
        }
        return Layout.table(
            ["From", "To", "Product", "Direction", "Awarded", "Per MW and hour"], rows,
            empty: "Nothing has been awarded yet.")
    }

    private static func refusedTable(_ refused: [RefusedAward]) -> HTML {
        let rows = refused.map { award -> [HTML] in
            ["\(Format.time(award.at))", "\(award.award)", "\(award.bid)", "\(award.reason)"]
        }
        return Layout.table(["When", "Award", "Bid", "Why"], rows, empty: "Every award was taken.")
    }

    /// Each stated quantile with how often it held: what a bid's risk is worth.
    private static func forecastTable(_ forecasts: [EngineSnapshot.Forecast]) -> HTML {
        let rows = forecasts.map { forecast -> [HTML] in
            [
                "\(forecast.resource)", "\(forecast.direction.rawValue)",
                "<span class=\"n\">\(Format.share(forecast.confidence))</span>",
                "<span class=\"n\">\(forecast.coverage.map { Format.share($0) } ?? "–")</span>",
                "<span class=\"n\">\(forecast.hours)</span>",
                "<span class=\"n\">\(forecast.relativeLoss.map { Format.share($0 / 100) } ?? "–")</span>",
                "<span class=\"n\">\(forecast.sharpness.map { Format.share($0) } ?? "–")</span>",
                forecast.isReady
                    ? "bids are made with it" : "\(forecast.daysJudged) of 14 days judged; assumed risks until then",
            ]
        }
        return Layout.table(
            [
                "Resource", "Direction", "Stated", "Held", "Hours judged", "Pinball loss", "Offered of what came",
                "Use",
            ], rows, empty: "No hour has been watched yet.")
    }
}

/// Settled blocks as the market sees them.
func blockTable(_ blocks: [BlockResult]) -> HTML {
    let rows = blocks.map { block -> [HTML] in
        [
            "\(Format.time(block.award.block.start))", "\(block.award.product)",
            "<span class=\"n\">\(Format.power(block.award.quantity.watts))</span>",
            "<span class=\"n\">\(Format.energy(block.requested))</span>",
            "<span class=\"n\">\(Format.energy(block.delivered))</span>",
            "<span class=\"n\">\(Format.energy(block.overDelivered))</span>",
            "<span class=\"n\">\(Format.share(block.performance))</span>",
            "<span class=\"n\">\(Format.money(block.availabilityPayment + block.energyPayment))</span>",
            "<span class=\"n\">\(block.penalty.map { Format.money($0) } ?? "–")</span>",
            "<span class=\"n\">\(block.imbalance.map { Format.money($0) } ?? "–")</span>",
            "\(block.proof?.notes.joined(separator: "; ") ?? "")",
        ]
    }
    return Layout.table(
        [
            "Block", "Product", "Awarded", "Requested", "Delivered", "Over", "Performance", "Payment", "Penalty",
            "Imbalance", "Why",
        ], rows,
        empty: "No block has been settled yet.")
}

/// The figures of this second, refreshed by the live script.
func liveTiles(_ figures: LiveFigures?) -> [HTML] {
    let values = figures.map(liveValues) ?? [:]
    let names = [
        ("frequency", "Grid frequency"), ("requested", "Requested"), ("delivered", "Delivered"),
        ("headroom-up", "Headroom up"), ("headroom-down", "Headroom down"), ("awarded", "Awarded"),
        ("ready", "Ready for departure"), ("earned", "Paid by the market"),
    ]
    return names.map { Layout.tile($0.1, id: $0.0, value: values[$0.0] ?? "–") }
}

/// Whether a check holds, in words.
func verdict(_ good: Bool) -> String { good ? "holds" : "BROKEN" }

/// Element id → text, the same for the first page and for each event.
func liveValues(_ figures: LiveFigures) -> [String: String] {
    [
        "workers": "\(figures.workersConnected)",
        "energy": verdict(figures.energyConserved),
        "ledger": verdict(figures.ledgerBalanced),
        "promises": "\(figures.promisesBroken)",
        "frequency": Format.frequency(figures.frequencyMilliHertz),
        "requested": Format.power(figures.requestedWatts),
        "delivered": Format.power(figures.deliveredWatts),
        "headroom-up": Format.power(figures.headroomUpWatts),
        "headroom-down": Format.power(figures.headroomDownWatts),
        "awarded": Format.power(figures.awardedUpWatts),
        "ready": "\(figures.vehiclesReady) of \(figures.vehiclesPlugged)",
        "earned": "\(figures.earned) \(figures.currency)",
    ]
}
