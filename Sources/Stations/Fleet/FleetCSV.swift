import Domain
package import Twin

/// The `--fleet` file: reads and writes ``StationSpec`` rows (columns in this module's README).
package enum FleetCSV {
    /// More stations than this in one process are refused.
    package static let mostStations = 20_000
    package static let columns = [
        "station_id", "ocpp", "site_id", "token", "vehicle_id", "battery_kwh", "soc", "target_soc",
        "departure", "max_charge_kw", "max_discharge_kw", "min_kw", "step_w", "latency_ms",
        "ramp_kw_s", "v2x", "behaviour",
    ]

    /// May be absent: names of ``StationQuirk``, `|` between them.
    package static let quirks = "quirks"

    package static func read(_ text: String, name: String = "fleet.csv") throws(TwinError)
        -> [StationSpec]
    {
        let table = try CSVTable(name: name, text: text)
        var at: [String: Int] = [:]
        for column in self.columns { at[column] = try table.column(column) }
        at[self.quirks] = try? table.column(self.quirks)
        guard table.rows.count <= self.mostStations else {
            throw TwinError(
                .malformedFile, "\(name): more than \(self.mostStations) stations: split it")
        }
        var specs: [StationSpec] = []
        var seen: Set<StationID> = []
        for row in table.rows {
            let reader = Reader(row: CSVRow(table: table, row: row), at: at)
            let spec = try reader.spec()
            guard seen.insert(spec.station).inserted else {
                throw try reader.error("station_id", "unlike every other row's")
            }
            specs.append(spec)
        }
        return specs
    }

    package static func write(_ specs: [StationSpec]) -> String {
        let hasQuirks = specs.contains { !$0.quirks.isEmpty }
        var text = (self.columns + (hasQuirks ? [self.quirks] : [])).joined(separator: ",") + "\n"
        for spec in specs {
            let quirks = spec.quirks.map(\.rawValue).sorted().joined(separator: "|")
            text += self.row(spec) + (hasQuirks ? "," + quirks : "") + "\n"
        }
        return text
    }

    private static func row(_ spec: StationSpec) -> String {
        let departure =
            switch spec.departure {
            case .at(let instant): Timestamp.format(instant)
            case .afterStart(let span): DecimalText.thousandths(span.milliseconds / 60)
            }
        return [
            spec.station.rawValue, spec.version.rawValue, spec.site.rawValue, spec.token.rawValue,
            spec.vehicle.rawValue, DecimalText.thousandths(spec.capacity.wattHours),
            DecimalText.fraction(spec.charge.basisPoints, of: 10_000),
            DecimalText.fraction(spec.target.basisPoints, of: 10_000), departure,
            DecimalText.thousandths(spec.maxCharge.watts),
            DecimalText.thousandths(spec.maxDischarge.watts),
            DecimalText.thousandths(spec.minimum.watts), String(spec.step.watts),
            String(spec.latency.milliseconds), DecimalText.thousandths(spec.rampPerSecond.watts),
            spec.v2x.rawValue, spec.misbehaviour.rawValue,
        ].joined(separator: ",")
    }

    private struct Reader {
        let row: CSVRow
        let at: [String: Int]

        func index(_ column: String) -> Int { self.at[column] ?? 0 }
        func text(_ column: String) -> String { self.row.text(self.index(column)) }

        func error(_ column: String, _ wanted: String) throws(TwinError) -> TwinError {
            self.row.error(self.index(column), wanted)
        }

        func scaled(
            _ column: String, by scale: Double, in range: ClosedRange<Double>
        ) throws(TwinError) -> Int {
            Int((try self.row.number(self.index(column), in: range) * scale).rounded())
        }

        func name(_ column: String) throws(TwinError) -> String {
            let name = self.text(column)
            guard !name.isEmpty, name.utf8.count <= 48 else {
                throw self.row.error(self.index(column), "1 to 48 characters")
            }
            return name
        }

        func choice<Choice: RawRepresentable<String> & CaseIterable>(
            _ column: String, _ type: Choice.Type
        ) throws(TwinError) -> Choice {
            guard let choice = Choice(rawValue: self.text(column)) else {
                let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                throw self.row.error(self.index(column), "one of \(names)")
            }
            return choice
        }

        func departure() throws(TwinError) -> DepartureSpec {
            let text = self.text("departure")
            if let instant = Timestamp.parse(text) { return .at(instant) }
            guard let minutes = Double(text), 0...100_000 ~= minutes else {
                throw self.row.error(self.index("departure"), "a time, or minutes from the start")
            }
            return .afterStart(.milliseconds(Int((minutes * 60_000).rounded())))
        }

        func quirks() throws(TwinError) -> Set<StationQuirk> {
            guard let index = self.at[FleetCSV.quirks] else { return [] }
            var quirks: Set<StationQuirk> = []
            for name in self.row.text(index).split(separator: "|") {
                guard let quirk = StationQuirk(rawValue: String(name)) else {
                    throw self.row.error(index, "names of quirks with | between them")
                }
                quirks.insert(quirk)
            }
            return quirks
        }

        func spec() throws(TwinError) -> StationSpec {
            var spec = StationSpec(
                station: StationID(try self.name("station_id")),
                version: try self.choice("ocpp", StationVersion.self),
                site: SiteID(try self.name("site_id")), token: TokenID(try self.name("token")),
                vehicle: VehicleID(try self.name("vehicle_id")),
                capacity: Energy(
                    wattHours: try self.scaled("battery_kwh", by: 1_000, in: 0.1...10_000)),
                charge: StateOfCharge(basisPoints: try self.scaled("soc", by: 10_000, in: 0...1)),
                target: StateOfCharge(
                    basisPoints: try self.scaled("target_soc", by: 10_000, in: 0...1)),
                departure: try self.departure(),
                maxCharge: Power(
                    watts: try self.scaled("max_charge_kw", by: 1_000, in: 0...10_000)),
                maxDischarge: Power(
                    watts: try self.scaled("max_discharge_kw", by: 1_000, in: 0...10_000)),
                minimum: Power(watts: try self.scaled("min_kw", by: 1_000, in: 0...10_000)),
                step: Power(watts: try self.scaled("step_w", by: 1, in: 1...1_000_000)),
                latency: .milliseconds(try self.scaled("latency_ms", by: 1, in: 0...600_000)),
                rampPerSecond: Power(
                    watts: try self.scaled("ramp_kw_s", by: 1_000, in: 0.001...100_000)),
                v2x: try self.choice("v2x", StationV2X.self),
                misbehaviour: try self.choice("behaviour", Misbehaviour.self))
            spec.quirks = try self.quirks()
            return spec
        }
    }
}
