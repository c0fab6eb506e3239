import Foundation
import Portal

/// The last thing that the demo prints: what happened, and whether every check held. Keys: ops/README.md.
struct DemoSummary: Codable, Sendable {
    var stations: Int
    var minutes: Int
    var blocksSettled: Int
    /// Of the response to the grid event: Σ min(delivered, requested) ÷ Σ requested, as metered, 0–1.
    var performance: Double
    var requestedKilowattHours: Double
    var deliveredKilowattHours: Double
    /// The same for each resource.
    var resources: [String: Resource]
    /// Seconds of delivery that the utility heard back over the fast stream.
    var echoes: Int
    var earned: String
    var currency: String
    var promisesBroken: Int
    var energyConserved: Bool
    var ledgerBalanced: Bool
    var checks: [String: Bool]
    var passed: Bool
    var portal: String
    var data: String

    struct Resource: Codable, Sendable {
        var product: String
        var requestedKilowattHours: Double
        var deliveredKilowattHours: Double
        var performance: Double
        var earned: String

        init(_ figures: LiveFigures.Product) {
            self.product = figures.product
            self.requestedKilowattHours = Double(figures.requestedWattHours) / 1000
            self.deliveredKilowattHours = Double(figures.deliveredWattHours) / 1000
            self.performance = Double(figures.performance ?? 0) / 10_000
            self.earned = figures.earned
        }
    }

    /// What regulation has to reach: it is followed with the delay of a set-point's way to the car.
    private static let leastRegulation = 0.85

    init(figures: LiveFigures?, echoes: Int, stations: Int, minutes: Int, portal: String, data: String) {
        self.stations = stations
        self.minutes = minutes
        self.blocksSettled = figures?.blocksSettled ?? 0
        let resources = Dictionary(
            uniqueKeysWithValues: (figures?.products ?? []).map { ($0.resource, Resource($0)) })
        let response = resources[DemoResource.response.rawValue]
        self.resources = resources
        self.echoes = echoes
        self.performance = response?.performance ?? 0
        self.requestedKilowattHours = response?.requestedKilowattHours ?? 0
        self.deliveredKilowattHours = response?.deliveredKilowattHours ?? 0
        self.earned = figures?.earned ?? "0.000000"
        self.currency = figures?.currency ?? ""
        self.promisesBroken = figures?.promisesBroken ?? 0
        self.energyConserved = figures?.energyConserved ?? false
        self.ledgerBalanced = figures?.ledgerBalanced ?? false
        self.checks = [
            "a block was settled": self.blocksSettled > 0,
            "the grid event was requested": self.requestedKilowattHours > 0,
            "delivered at least 0.95 of what was requested": self.performance >= 0.95,
            "regulation over the fast stream was followed": Self.followed(resources, .regulation),
            "regulation over OpenADR events was followed": Self.followed(resources, .instructed),
            "the utility heard what was delivered": echoes > 0,
            "energy is conserved": self.energyConserved,
            "the ledger balances": self.ledgerBalanced,
            "no promise to a driver was broken": figures != nil && self.promisesBroken == 0,
        ]
        self.passed = self.checks.values.allSatisfy { $0 }
        self.portal = portal
        self.data = data
    }

    private static func followed(_ resources: [String: Resource], _ name: DemoResource) -> Bool {
        (resources[name.rawValue]?.performance ?? 0) >= self.leastRegulation
    }

    /// One JSON object on several lines, keys sorted.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// A few lines for a person.
    func words() -> [String] {
        var lines = [
            "",
            "  Asked for \(rounded(self.requestedKilowattHours)) kWh, delivered \(rounded(self.deliveredKilowattHours)) kWh as metered:"
                + " \(rounded(self.performance * 100)) % of the request.",
            "  The market paid \(self.earned) \(self.currency) for \(self.blocksSettled) block(s).", "",
        ]
        for (check, held) in self.checks.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(held ? "held  " : "BROKEN")  \(check)")
        }
        return lines + [""]
    }
}

private func rounded(_ value: Double) -> String {
    let tenths = Int((value * 100).rounded())
    return "\(tenths / 100).\(tenths % 100 < 10 ? "0" : "")\(tenths % 100)"
}
