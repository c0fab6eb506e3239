package import Domain

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

    package init(
        id: String, station: String, plugged: Bool, stateOfCharge: Int?, watts: Int,
        departure: Instant?, ready: Bool, reason: String
    ) {
        self.id = id
        self.station = station
        self.plugged = plugged
        self.stateOfCharge = stateOfCharge
        self.watts = watts
        self.departure = departure
        self.ready = ready
        self.reason = reason
    }
}

/// What a fleet owner comes for: what was earned, which cars are ready, what it cost in wear.
package enum OwnerPage {
    /// Most rows of the table of blocks; the statement has them all.
    static let mostBlocks = 100

    /// - Parameters:
    ///   - blocks: of one currency, newest first, and what they are of in `span`.
    ///   - month: what was earned since the first of the month, one amount a currency.
    package static func html(
        user: SignedIn, owner: OwnerID, blocks: [BlockResult], span: String, month: [Money],
        vehicles: [VehicleRow]
    ) -> HTML {
        let shares = blocks.flatMap { block in block.shares.filter { $0.owner == owner } }
        let currency = shares.first?.earned.currency ?? .eur
        func sum(_ path: KeyPath<BlockResult.Share, Money>) -> Money {
            shares.reduce(Money.zero(currency)) { $0 + $1[keyPath: path] }
        }
        let discharged = shares.reduce(Energy.zero) { $0 + $1.discharged }
        let plugged = vehicles.filter(\.plugged)
        let tiles: [HTML] = [
            Layout.tile("Earned", id: "owner-earned", value: Format.money(sum(\.earned)), note: "\(blocks.count) settled blocks, \(span)"),
            Layout.tile(
                "Earned this month", id: "owner-month",
                value: month.isEmpty ? "–" : month.map(Format.money).joined(separator: ", ")),
            Layout.tile("Of it for wear", id: "owner-wear", value: Format.money(sum(\.wear)), note: "\(Format.energy(discharged)) discharged"),
            Layout.tile("Aggregator's fee", id: "owner-fee", value: Format.money(sum(\.fee)), note: "taken before"),
            Layout.tile("Ready for departure", id: "owner-ready", value: "\(plugged.count(where: \.ready)) of \(plugged.count)", note: "of the cars plugged in"),
        ]
        return Layout.page(
            title: "Revenue and vehicles", user: user,
            """
            <div class="tiles">\(tiles)</div>
            <h2>Settled blocks</h2>\(self.blockTable(blocks, owner: owner))
            <p><a href="/owner/statement">Statement of this month</a> with all that is needed to recompute it.</p>
            <h2>Vehicles</h2>\(self.vehicleTable(vehicles))
            """)
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
            ]
        }
        return Layout.table(
            ["Block", "Product", "Cars", "Delivered", "Performance", "Earned"], rows,
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
            ]
        }
        return Layout.table(
            ["Vehicle", "Station", "Plugged", "Charge", "Power now", "Departure", "Readiness"], rows,
            empty: "No vehicle is enrolled for this owner.")
    }
}
