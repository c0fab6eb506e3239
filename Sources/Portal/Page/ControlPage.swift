package import Domain
package import Engine

/// A station that takes commands and does not do what it accepted.
package struct Misbehaviour: Hashable, Sendable {
    package var station: String
    package var what: String
    /// Since when, when it last did what it was told, and when it is asked again.
    package var since: Instant?
    package var lastProof: Instant?
    package var retryAt: Instant?

    package init(
        station: String, what: String, since: Instant? = nil, lastProof: Instant? = nil, retryAt: Instant? = nil
    ) {
        self.station = station
        self.what = what
        self.since = since
        self.lastProof = lastProof
        self.retryAt = retryAt
    }
}

/// The control room: the whole plant at a glance, and the one button.
package enum ControlPage {
    /// Most rows of the cars that are kept out of discharge.
    private static let mostKeptOut = 200

    package static func html(
        user: SignedIn, figures: LiveFigures?, plot: HTML, zone: String, stopped: [String],
        misbehaving: [Misbehaviour], trust: StationTrusts?, overrides: [OverrideRecord]?, blocks: [BlockResult],
        vehicles: [VehicleRow], sites: [EngineSnapshot.Site] = [], standings: [EngineSnapshot.Standing] = [],
        energy: HTML = ""
    ) -> HTML {
        Layout.page(
            title: "Control room", user: user, live: true,
            """
            <div class="tiles">\(liveTiles(figures))\(self.checks(figures))</div>
            <h2>Requested and delivered</h2><div class="plot" id="plot">\(plot)</div>\(LivePlot.key)
            <h2>Blocks that run</h2>\(StandingTable.html(standings, names: true))
            <h2>Energy behind what is sold</h2>\(energy)
            <h2>Stop</h2>\(self.stop(user: user, zone: zone, stopped: stopped))
            <h2>Stations that do not do what they accepted</h2>\(self.misbehaviour(misbehaving))
            <h2>What stations have proven</h2>\(TrustTable.html(trust))
            <h2>Cars kept out of discharge</h2>\(self.keptOut(vehicles))
            <h2>Who else decided</h2>\(OverrideTable.html(overrides))
            <h2>Ready for departure</h2>\(ReadinessTable.html(sites))
            <h2>Cars at risk</h2>\(self.risks(vehicles))
            <h2>Settled blocks</h2>\(blockTable(blocks))
            """)
    }

    private static func checks(_ figures: LiveFigures?) -> [HTML] {
        guard let figures else { return [] }
        return [
            Layout.tile("Workers", id: "workers", value: "\(figures.workersConnected)", note: "connected"),
            Layout.tile("Energy balance", id: "energy", value: verdict(figures.energyConserved)),
            Layout.tile("Ledger", id: "ledger", value: verdict(figures.ledgerBalanced)),
            Layout.tile("Broken promises", id: "promises", value: "\(figures.promisesBroken)", note: "to drivers"),
        ]
    }

    private static func stop(user: SignedIn, zone: String, stopped: [String]) -> HTML {
        let list = stopped.map { scope in
            """
            <form method="post" action="/control/release"><input type="hidden" name="csrf" value="\(user.csrf)">
            <input type="hidden" name="scope" value="\(scope)">No discharge at \(scope).
            <button>Release</button></form>
            """ as HTML
        }
        return """
            <form method="post" action="/control/stop"><input type="hidden" name="csrf" value="\(user.csrf)">
            <input type="hidden" name="scope" value="zone:\(zone)">
            <button class="stop">Stop all discharge in \(zone)</button></form>
            <form method="post" action="/control/stop"><input type="hidden" name="csrf" value="\(user.csrf)">
            <label>or at one place (<code>station:ID</code>, <code>site:ID</code>) <input name="scope" required></label>
            <button>Stop there</button></form>\(list)
            """
    }

    private static func misbehaviour(_ stations: [Misbehaviour]) -> HTML {
        Layout.table(
            ["Station", "What it does", "Since", "Last followed", "Asked again"],
            stations.map { station -> [HTML] in
                func time(_ instant: Instant?) -> HTML { "\(instant.map(Format.time) ?? "–")" }
                return [
                    "\(station.station)", "\(station.what)", time(station.since), time(station.lastProof),
                    time(station.retryAt),
                ]
            },
            empty: "None: every station does what it accepts.")
    }

    private static func keptOut(_ vehicles: [VehicleRow]) -> HTML {
        let rows = vehicles.filter { $0.plugged && !$0.keptOut.isEmpty }.prefix(self.mostKeptOut).map {
            ["\($0.id)", "\($0.station)", "\($0.keptOut)"] as [HTML]
        }
        return Layout.table(["Vehicle", "Station", "Why"], rows, empty: "None: every car here may be discharged.")
    }

    private static func risks(_ vehicles: [VehicleRow]) -> HTML {
        let rows = vehicles.filter { $0.plugged && !$0.ready }.map { vehicle -> [HTML] in
            [
                "\(vehicle.id)", "\(vehicle.station)", "\(vehicle.departure.map(Format.time) ?? "–")",
                "\(vehicle.reason)",
            ]
        }
        return Layout.table(
            ["Vehicle", "Station", "Departure", "Why"], rows, empty: "None: every car will be ready.")
    }
}
