package import Domain
import Foundation

/// Reads what energy costs, or the carbon that it carries, from a CSV file: `time,price_per_mwh` in the region's currency
/// or `time,carbon_kg_per_mwh`, each with a third column `site` where sites have curves of their own. A row holds until
/// the next one, the last one as long as the one before. The first wrong line refuses all of it.
package enum PriceCSV {
    private static let headers: [(columns: [String], kind: PriceCurve.Kind)] = [
        (["time", "price_per_mwh"], .price), (["time", "price_per_mwh", "site"], .price),
        (["time", "carbon_kg_per_mwh"], .carbon), (["time", "carbon_kg_per_mwh", "site"], .carbon),
    ]
    /// Of a curve that has one row only.
    private static let oneRow = TimeSpan.hours(1)

    package static func read(path: String) throws -> [PriceCurve] {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 16 << 20,
            let text = String(data: data, encoding: .utf8)
        else { throw StorageError(.invalid, "\(path) is no UTF-8 file of up to 16 MiB: correct it") }
        return try self.parse(text, file: path)
    }

    /// Reads one series of prices that a market publishes, `time,COLUMN`, such as `time,imbalance_per_mwh`.
    package static func read(path: String, column: String) throws -> PriceCurve {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 16 << 20,
            let text = String(data: data, encoding: .utf8)
        else { throw StorageError(.invalid, "\(path) is no UTF-8 file of up to 16 MiB: correct it") }
        return try self.series(text, file: path, column: column)
    }

    package static func series(_ text: String, file: String, column: String) throws -> PriceCurve {
        let rows = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        guard let head = rows.firstIndex(where: { !$0.isEmpty && $0.first != "#" }), rows[head] == "time,\(column)"
        else {
            throw StorageError(.invalid, "\(file): the header must be time,\(column): correct it")
        }
        var renamed = rows
        renamed[head] = "time,price_per_mwh"
        let curves = try self.parse(renamed.joined(separator: "\n"), file: file)
        guard let curve = curves.first else { throw StorageError(.invalid, "\(file): there is no row in it: add some") }
        return curve
    }

    package static func parse(_ text: String, file: String) throws -> [PriceCurve] {
        var kind: PriceCurve.Kind?
        var width = 0
        var steps: [String: [PriceCurve.Step]] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
        where !line.isEmpty && line.first != "#" {
            let place = "\(file):\(index + 1)"
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard kind != nil else {
                guard let header = self.headers.first(where: { $0.columns == fields }) else {
                    throw StorageError(
                        .invalid, "\(place): the header must be time,price_per_mwh or time,carbon_kg_per_mwh, and ,site"
                    )
                }
                (kind, width) = (header.kind, fields.count)
                continue
            }
            guard fields.count == width else {
                throw StorageError(.invalid, "\(place): \(fields.count) fields instead of \(width): correct the line")
            }
            let site = width == 3 ? fields[2] : ""
            let step = try self.step(fields, place)
            guard steps[site]?.last.map({ $0.at < step.at }) ?? true else {
                throw StorageError(.invalid, "\(place): its time must be later than the one before: sort the rows")
            }
            steps[site, default: []].append(step)
        }
        guard let kind, !steps.isEmpty else { throw StorageError(.invalid, "\(file): there is no row in it: add some") }
        return try steps.sorted { $0.key < $1.key }.map { site, steps in
            guard let curve = self.curve(kind, site, steps) else {
                throw StorageError(.invalid, "\(file): more than \(PriceCurve.mostSteps) rows for one site: send less")
            }
            return curve
        }
    }

    private static func curve(_ kind: PriceCurve.Kind, _ site: String, _ steps: [PriceCurve.Step]) -> PriceCurve? {
        guard let last = steps.last else { return nil }
        let length = steps.count > 1 ? last.at - steps[steps.count - 2].at : self.oneRow
        return PriceCurve(kind: kind, site: site.isEmpty ? nil : SiteID(site), steps: steps, end: last.at + length)
    }

    private static func step(_ fields: [String], _ place: String) throws -> PriceCurve.Step {
        guard let date = try? Date(fields[0], strategy: .iso8601) else {
            throw StorageError(.invalid, "\(place): time must be a time such as 2026-11-26T08:00:00Z: correct it")
        }
        // Prices with more than six places are rounded; infinities and what is no number are none.
        guard let number = Double(fields[1]), number.magnitude <= 1e6 else {
            throw StorageError(.invalid, "\(place): a figure must be a number from -1000000 to 1000000: correct it")
        }
        return PriceCurve.Step(
            at: Instant(seconds: Int(date.timeIntervalSince1970.rounded(.down))), value: Int((number * 1e6).rounded()))
    }
}
