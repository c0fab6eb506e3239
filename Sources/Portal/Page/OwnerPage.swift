package import Domain
import Engine

/// A vehicle as its owner sees it.
package struct VehicleRow: Hashable, Sendable {
    package var id: String
    package var station: String
    package var plugged: Bool
    package var stateOfCharge: Int?
    package var watts: Int
    package var departure: Instant?
    package var ready: Bool
    package var reason: String
    /// Why it is kept out of discharge, and since when; empty while it is not.
    package var keptOut: String
    /// What its battery has spent, what the next kWh costs it, and what its warranty still allows; empty where nobody
    /// enrolled the battery.
    package var wear: String
    /// What bound it now, and what the next best would have been; empty where it was never seen.
    package var explanation = ""

    package init(
        id: String, station: String, plugged: Bool, stateOfCharge: Int?, watts: Int,
        departure: Instant?, ready: Bool, reason: String, keptOut: String = "",
        wear: String = ""
    ) {
        self.id = id
        self.station = station
        self.plugged = plugged
        self.stateOfCharge = stateOfCharge
        self.watts = watts
        self.departure = departure
        self.ready = ready
        self.reason = reason
        self.keptOut = keptOut
        self.wear = wear
    }
}

/// What a fleet owner comes for: what was earned, which cars are ready, what it cost in wear.
package enum OwnerPage {
    /// Most rows of the table of blocks; the statement has them all.
    static let mostBlocks = 100

    /// - Parameters:
    ///   - span: what the blocks are of.
    ///   - sites: where the owner's cars are plugged in.
    ///   - overrides: decisions of others over the owner's cars in the last day, newest first.
    static func html(
        user: SignedIn, books: OwnerBooks, span: String, vehicles: [VehicleRow],
        sites: [EngineSnapshot.Site] = [], overrides: [OverrideRecord]
    ) -> HTML {
        let values = self.values(books, vehicles: vehicles)
        let discharged = books.shares.reduce(Energy.zero) { $0 + $1.discharged }
        let tiles = [
            ("owner-earned", "Earned", "\(books.blocks.count) settled blocks, \(span)"),
            ("owner-month", "Earned this month", ""),
            ("owner-wear", "Of it for wear", "\(Format.energy(discharged)) discharged"),
            ("owner-fee", "Aggregator's fee", "taken before"), ("owner-plugged", "Plugged in", "of the cars enrolled"),
            ("owner-ready", "Ready for departure", "of the cars plugged in"),
            ("owner-discharging", "Discharging", "of the cars plugged in"),
            ("owner-power", "Power now", "+ = charging"),
        ].map { Layout.tile($0.1, id: $0.0, value: values[$0.0] ?? "–", note: $0.2) }
        return Layout.page(
            title: "Revenue and vehicles", user: user, live: true,
            """
            <div class="tiles">\(tiles)</div>
            <h2>Settled blocks</h2>\(self.blockTable(books.blocks, owner: books.owner))
            <p><a href="/owner/statement">Statement of this month</a> with all that is needed to recompute it.</p>
            <h2>Ready for departure</h2>\(ReadinessTable.html(sites))
            <h2>Vehicles</h2>\(self.vehicleTable(vehicles))
            <h2>Who else decided</h2>\(OverrideTable.html(overrides))
            """)
    }

    /// Element id → text, the same for the first page and for each event.
    static func values(_ books: OwnerBooks, vehicles: [VehicleRow]) -> [String: String] {
        let plugged = vehicles.filter(\.plugged)
        return [
            "owner-earned": Format.money(books.sum(\.earned)),
            "owner-month": books.month.isEmpty ? "–" : books.month.map(Format.money).joined(separator: ", "),
            "owner-wear": Format.money(books.sum(\.wear)), "owner-fee": Format.money(books.sum(\.fee)),
            "owner-plugged": "\(plugged.count) of \(vehicles.count)",
            "owner-ready": "\(plugged.count(where: \.ready)) of \(plugged.count)",
            "owner-discharging": "\(plugged.count { $0.watts < 0 }) of \(plugged.count)",
            "owner-power": Format.power(plugged.reduce(0) { $0 + $1.watts }),
        ]
    }

    private static func blockTable(_ blocks: [BlockResult], owner: OwnerID) -> HTML {
        let rows = blocks.prefix(self.mostBlocks).map { block -> [HTML] in
            let mine = block.shares.filter { $0.owner == owner }
            let currency = mine.first?.earned.currency ?? .eur
            let earned = mine.reduce(Money.zero(currency)) { $0 + $1.earned }
            let delivered = mine.reduce(Energy.zero) { $0 + $1.delivered }
            return [
                "\(Format.time(block.award.block.start))", "\(block.award.product)",
                "<span class=\"n\">\(mine.count)</span>", "<span class=\"n\">\(Format.energy(delivered))</span>",
                "<span class=\"n\">\(Format.share(block.performance))</span>",
                "<span class=\"n\">\(Format.money(earned))</span>",
                "<a href=\"/owner/explain?posting=block:\(block.award.id)\">why</a>",
            ]
        }
        return Layout.table(
            ["Block", "Product", "Cars", "Delivered", "Performance", "Earned", "From meter to posting"], rows,
            empty: "No block has been settled yet.")
    }

    private static func vehicleTable(_ vehicles: [VehicleRow]) -> HTML {
        let rows = vehicles.map { vehicle -> [HTML] in
            [
                "\(vehicle.id)", "\(vehicle.station)", "\(vehicle.plugged ? "yes" : "no")",
                "<span class=\"n\">\(vehicle.stateOfCharge.map { Format.share($0) } ?? "–")</span>",
                "<span class=\"n\">\(Format.power(vehicle.watts))</span>",
                "\(vehicle.departure.map(Format.time) ?? "–")",
                "<span class=\"\(vehicle.ready ? "good" : "bad")\">\(vehicle.ready ? "ready" : vehicle.reason)</span>",
                "\(vehicle.keptOut.isEmpty ? "available" : vehicle.keptOut)",
                "\(vehicle.wear.isEmpty ? "battery not enrolled" : vehicle.wear)", "\(vehicle.explanation)",
            ]
        }
        return Layout.table(
            [
                "Vehicle", "Station", "Plugged", "Charge", "Power now", "Departure", "Readiness", "Discharge",
                "Battery",
                "Why",
            ],
            rows,
            empty: "No vehicle is enrolled for this owner.")
    }
}
