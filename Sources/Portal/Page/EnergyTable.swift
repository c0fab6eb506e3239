import Domain
package import Engine

/// What the batteries can give and take, and what of it is spoken for.
package enum EnergyTable {
    package static func html(_ snapshot: EngineSnapshot) -> HTML {
        let resources = snapshot.resources.map { resource -> [HTML] in
            [
                "\(resource.id)", "<span class=\"n\">\(Format.energy(resource.energyUp))</span>",
                "<span class=\"n\">\(Format.energy(resource.reservedUp))</span>",
                "<span class=\"n\">\(Format.energy(resource.energyDown))</span>",
                "<span class=\"n\">\(Format.energy(resource.reservedDown))</span>",
            ]
        }
        let rows = snapshot.reservations.map { row -> [HTML] in
            [
                "\(Format.time(row.block.start))", "\(Format.time(row.block.end))", "\(row.resource)",
                "\(row.product)", "\(row.direction.rawValue)", "\(row.isSold ? "sold" : "offered")",
                "<span class=\"n\">\(Format.power(row.power.watts))</span>",
                "<span class=\"n\">\(Format.energy(row.energy))</span>",
            ]
        }
        let sums = Layout.table(
            ["Resource", "Can give", "Held for up", "Can take", "Held for down"], resources,
            empty: "No resource is offered.")
        let book = Layout.table(
            ["From", "To", "Resource", "Product", "Direction", "State", "With its spare", "Energy"], rows,
            empty: "Nothing is offered or sold.")
        return "\(sums)\(book)"
    }
}
