import Domain
import Engine

/// Whether each site's cars will be ready, and because of which not.
enum ReadinessTable {
    /// Most sites on a page.
    private static let mostSites = 200

    static func html(_ sites: [EngineSnapshot.Site]) -> HTML {
        // Sites that are not ready come first.
        let ordered = sites.filter { !$0.isReady } + sites.filter(\.isReady)
        let rows = ordered.prefix(self.mostSites).map { site -> [HTML] in
            [
                "\(site.id)", "<span class=\"n\">\(site.ready) of \(site.plugged)</span>",
                "<span class=\"n\">\(site.planned)</span>",
                "<span class=\"\(site.isReady ? "good" : "bad")\">\(site.verdict(Format.time))</span>",
            ]
        }
        return Layout.table(
            ["Site", "Ready", "Charging by price", "Verdict"], rows, empty: "No car is plugged in.")
    }
}
