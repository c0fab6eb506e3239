package import Domain
import Foundation

/// Reads the enrolment of a zone from CSV files, one kind each; the first wrong line refuses all of it.
package enum EnrolmentCSV {
    /// File names in the order in which they are applied, with their columns.
    static let columns: [(file: String, columns: [String])] = [
        ("owners.csv", ["owner", "tenant", "name"]),
        ("contracts.csv", ["contract", "owner", "tenant", "currency", "owner_share", "wear_per_kwh"]),
        (
            "sites.csv",
            [
                "site", "tenant", "region", "zone", "resource", "import_w", "export_w", "stale_load_w",
                "default_stay_s", "default_target",
            ]
        ),
        ("stations.csv", ["station", "site"]),
        (
            "vehicles.csv",
            [
                "vehicle", "owner", "contract", "tenant", "tokens", "capacity_wh", "max_charge_w",
                "max_discharge_w", "reserve", "efficiency", "consent_at",
            ]
        ),
        (
            "batteries.csv",
            [
                "vehicle", "chemistry", "price_per_kwh", "warranty_kwh", "warranty_cycles", "warranty_high_hours",
            ]
        ),
        ("departures.csv", ["vehicle", "departure", "target"]),
        ("consents.csv", ["vehicle", "consent_at"]),
    ]

    /// Columns that a file may have behind its own: all of them, or none.
    private static let more = [
        "stations.csv": ["feeder", "feeder_w"],
        "contracts.csv": [
            "valid_from", "own_wear", "per_kwh", "energy_per_kwh", "standby_w", "fixed_per_month", "floor_per_month",
            "damages_per_miss", "third_parties",
        ],
    ]

    /// Reads whichever of the files the folder has.
    package static func read(folder: String) throws -> [EnrolmentChange] {
        var changes: [EnrolmentChange] = []
        var isEmpty = true
        for (file, _) in self.columns {
            let path = folder + "/" + file
            guard FileManager.default.fileExists(atPath: path) else { continue }
            isEmpty = false
            guard let data = FileManager.default.contents(atPath: path), data.count <= 256 << 20,
                let text = String(data: data, encoding: .utf8)
            else { throw StorageError(.invalid, "\(path) is no UTF-8 file of up to 256 MiB: correct it") }
            changes += try self.parse(text, file: file)
        }
        guard !isEmpty else {
            throw StorageError(.invalid, "\(folder) has no owners.csv, sites.csv, …: name another folder")
        }
        return changes
    }

    /// Parses one file by its name.
    package static func parse(_ text: String, file: String) throws -> [EnrolmentChange] {
        guard let columns = self.columns.first(where: { $0.file == file })?.columns else {
            throw StorageError(.invalid, "\(file) is no kind of enrolment: see the README of Storage")
        }
        var changes: [EnrolmentChange] = []
        var feeders = FeederLimits()
        var hasHeader = false
        var said = columns
        for (index, raw) in text.split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline
        ).enumerated() where !raw.isEmpty {
            let row = CSVRow(
                place: "\(file):\(index + 1)", columns: said, fields: try self.fields(raw, "\(file):\(index + 1)"))
            if !hasHeader {
                said = columns + (row.fields == columns ? [] : self.more[file] ?? [])
                guard row.fields == said else {
                    throw StorageError(
                        .invalid, "\(row.place): the header must be \(columns.joined(separator: ","))")
                }
                hasHeader = true
                continue
            }
            guard row.fields.count == said.count else {
                throw StorageError(
                    .invalid,
                    "\(row.place): \(row.fields.count) fields instead of \(said.count): correct the line")
            }
            let change = try row.change(file)
            try feeders.check(change, row.place)
            changes.append(change)
        }
        guard hasHeader else { throw StorageError(.invalid, "\(file):1: the header is missing: add it") }
        return changes
    }

    /// Splits a line at commas outside quotes; `""` inside quotes is a quote.
    private static func fields(_ line: Substring, _ place: String) throws -> [String] {
        var fields = [""]
        var isQuoted = false
        var wasQuote = false
        for character in line {
            if character == "\"" {
                if wasQuote { fields[fields.count - 1].append("\"") }
                wasQuote = isQuoted
                isQuoted.toggle()
            } else {
                wasQuote = false
                if character == ",", !isQuoted { fields.append("") } else { fields[fields.count - 1].append(character) }
            }
        }
        guard !isQuoted else { throw StorageError(.invalid, "\(place): a quote is not closed: close it") }
        return fields
    }
}

/// What a file says of feeders: one limit each.
private struct FeederLimits {
    private struct Key: Hashable {
        var site: SiteID
        var name: String
    }
    private var limits: [Key: Power] = [:]

    mutating func check(_ change: EnrolmentChange, _ place: String) throws {
        guard case .station(let terms) = change, let feeder = terms.feeder else { return }
        let known = self.limits.updateValue(feeder.limit, forKey: Key(site: terms.site, name: feeder.name))
        guard let known, known != feeder.limit else { return }
        throw StorageError(
            .invalid,
            "\(place): feeder \(feeder.name) of \(terms.site) has \(known.watts) W in a line before and "
                + "\(feeder.limit.watts) W here: say one of them")
    }
}

/// One line of a file, read by column.
private struct CSVRow {
    var place: String
    var columns: [String]
    var fields: [String]

    func wrong(_ column: String, _ what: String) -> StorageError {
        StorageError(.invalid, "\(self.place): \(column) must be \(what): correct it")
    }

    func raw(_ column: String) -> String {
        self.columns.firstIndex(of: column).map { self.fields[$0] } ?? ""
    }

    func id<Kind>(_ column: String) throws -> Identifier<Kind> {
        let text = self.raw(column)
        guard (1...255).contains(text.utf8.count) else { throw self.wrong(column, "an id of 1 to 255 bytes") }
        return Identifier(text)
    }

    func number(_ column: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let value = Int(self.raw(column)), range.contains(value) else {
            throw self.wrong(column, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func watts(_ column: String) throws -> Power {
        Power(watts: try self.number(column, 0...1_000_000_000))
    }

    func charge(_ column: String) throws -> StateOfCharge {
        StateOfCharge(basisPoints: try self.number(column, 0...10_000))
    }

    func instant(_ column: String) throws -> Instant {
        guard let date = try? Date(self.raw(column), strategy: .iso8601) else {
            throw self.wrong(column, "a time such as 2026-11-26T08:00:00Z")
        }
        return Instant(seconds: Int(date.timeIntervalSince1970.rounded(.down)))
    }

    func optionalInstant(_ column: String) throws -> Instant? {
        self.raw(column).isEmpty ? nil : try self.instant(column)
    }

    func change(_ file: String) throws -> EnrolmentChange {
        switch file {
        case "owners.csv":
            .owner(OwnerTerms(id: try self.id("owner"), tenant: try self.id("tenant"), name: self.raw("name")))
        case "contracts.csv": .contract(try self.contract())
        case "sites.csv": .site(try self.site())
        case "stations.csv":
            .station(
                StationTerms(id: try self.id("station"), site: try self.id("site"), feeder: try self.feeder()))
        case "vehicles.csv": .vehicle(try self.vehicle())
        case "batteries.csv": .battery(try self.battery())
        case "departures.csv":
            self.raw("target").isEmpty
                ? .cancelled(try self.id("vehicle"), departure: try self.instant("departure"))
                : .departure(
                    DepartureTerms(
                        vehicle: try self.id("vehicle"), departure: try self.instant("departure"),
                        target: try self.charge("target")))
        default:
            .consent(
                try self.id("vehicle"), dischargeConsentAt: try self.optionalInstant("consent_at"))
        }
    }

    private func contract() throws -> ContractTerms {
        let currency = self.raw("currency")
        guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (65...90).contains($0) }) else {
            throw self.wrong("currency", "an ISO 4217 code such as EUR")
        }
        return ContractTerms(
            id: try self.id("contract"), owner: try self.id("owner"), tenant: try self.id("tenant"),
            currency: Currency(rawValue: currency), ownerShare: try self.number("owner_share", 0...10_000),
            wearPerKilowattHour: try self.number("wear_per_kwh", 0...1_000_000_000),
            validFrom: self.columns.contains("valid_from") ? try self.optionalInstant("valid_from") : nil,
            conditions: self.columns.contains("own_wear") ? try self.conditions() : nil)
    }

    private func conditions() throws -> ContractConditions {
        let money = -1_000_000_000_000...1_000_000_000_000
        return ContractConditions(
            usesOwnWear: try self.number("own_wear", 0...1) == 1, perKilowattHour: try self.number("per_kwh", money),
            energyPrice: try self.number("energy_per_kwh", money),
            standby: Power(watts: try self.number("standby_w", 0...100_000)),
            fixedPerMonth: try self.number("fixed_per_month", money),
            floorPerMonth: try self.number("floor_per_month", money),
            damagesPerMiss: try self.number("damages_per_miss", 0...1_000_000_000_000),
            thirdParties: try self.raw("third_parties").split(separator: ";").map(self.thirdParty))
    }

    private func thirdParty(_ text: Substring) throws -> ContractConditions.ThirdParty {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 4, let kind = ContractConditions.ThirdParty.Kind(rawValue: String(parts[0])),
            (1...64).contains(parts[1].utf8.count), let perKilowattHour = Int(parts[2]),
            perKilowattHour.magnitude <= 1_000_000_000, let share = Int(parts[3]), (0...10_000).contains(share)
        else {
            throw self.wrong(
                "third_parties", "kind:name:per_kwh:of_payment with ; between, kind supplier, network, demand or tax")
        }
        return .init(kind: kind, name: String(parts[1]), perKilowattHour: perKilowattHour, ofPayment: share)
    }

    private func battery() throws -> BatteryTerms {
        func limit(_ column: String) throws -> Int? {
            self.raw(column).isEmpty ? nil : try self.number(column, 0...1_000_000_000)
        }
        return BatteryTerms(
            vehicle: try self.id("vehicle"), chemistry: self.raw("chemistry"),
            pricePerKilowattHour: try self.number("price_per_kwh", 0...10_000_000_000),
            throughput: try limit("warranty_kwh").map { Energy(wattHours: $0 * 1000) },
            cycles: try limit("warranty_cycles"), highHours: try limit("warranty_high_hours"))
    }

    private func feeder() throws -> StationTerms.Feeder? {
        let name = self.raw("feeder")
        guard !name.isEmpty else {
            guard self.raw("feeder_w").isEmpty else { throw self.wrong("feeder", "a name, as it has a limit") }
            return nil
        }
        guard name.utf8.count <= 64 else { throw self.wrong("feeder", "of up to 64 bytes") }
        return .init(name: name, limit: Power(watts: try self.number("feeder_w", 1...1_000_000_000)))
    }

    private func site() throws -> SiteTerms {
        SiteTerms(
            id: try self.id("site"), tenant: try self.id("tenant"), region: try self.id("region"),
            zone: try self.id("zone"), resource: try self.id("resource"),
            importLimit: try self.watts("import_w"), exportLimit: try self.watts("export_w"),
            staleLoad: try self.watts("stale_load_w"),
            defaultStay: .seconds(try self.number("default_stay_s", 0...2_678_400)),
            defaultTarget: try self.charge("default_target"))
    }

    private func vehicle() throws -> VehicleTerms {
        VehicleTerms(
            id: try self.id("vehicle"), owner: try self.id("owner"),
            contract: try self.id("contract"), tenant: try self.id("tenant"),
            tokens: self.raw("tokens").split(separator: ";").map { TokenID(String($0)) },
            capacity: Energy(wattHours: try self.number("capacity_wh", 1...10_000_000)),
            maxCharge: try self.watts("max_charge_w"), maxDischarge: try self.watts("max_discharge_w"),
            reserve: try self.charge("reserve"), efficiency: try self.number("efficiency", 1...10_000),
            dischargeConsentAt: try self.optionalInstant("consent_at"))
    }
}
