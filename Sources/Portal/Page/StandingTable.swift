import Domain
package import Engine

/// How the blocks that run stand by their products' own scores, and who costs points.
package enum StandingTable {
    /// - Parameter names: whether vehicles and stations are named: they are the aggregator's own business.
    package static func html(_ standings: [EngineSnapshot.Standing], names: Bool) -> HTML {
        let rows = standings.map { standing -> [HTML] in
            var row: [HTML] = [
                "\(Format.time(standing.award.block.start))", "\(standing.award.product)",
                "\(standing.award.direction.rawValue)", "\(self.name(standing.method))",
                "<span class=\"n\">\(Format.share(standing.score))</span>",
                "<span class=\"n\">\(Format.share(standing.factor))</span>",
                "\(standing.notes.joined(separator: "; "))",
            ]
            if names { row.append("\(self.lacks(standing.lacks))") }
            return row
        }
        return Layout.table(
            ["Block", "Product", "Direction", "Scored by", "So far", "Paid", "Why"]
                + (names ? ["Who costs points"] : []), rows, empty: "No block runs.")
    }

    /// The worst of those who lacked something, with their stations.
    private static func lacks(_ lacks: [DeliveryProof.Lack]) -> String {
        lacks.map { lack in
            let station = lack.station.map { " at \($0)" } ?? ""
            return "\(lack.vehicle)\(station): \(Format.energy(lack.missed))"
        }.joined(separator: "; ")
    }

    private static func name(_ method: SettlementTerms.Method) -> String {
        switch method {
        case .deliveredShare: "delivered share"
        case .envelope: "K of the envelope"
        case .threePart: "correlation, delay, precision"
        case .accuracy: "accuracy"
        }
    }
}
