public import Domain

/// One stay of one car at one site: a row of `sessions.csv`.
public struct Session: Hashable, Sendable {
    public var vehicle: VehicleID
    public var site: SiteID
    public var arrival: Instant
    public var departure: Instant
    public var arrivalCharge: StateOfCharge
    public var targetCharge: StateOfCharge
    /// Never discharged below this.
    public var minimumCharge: StateOfCharge
    public var capacity: Energy
    public var maxCharge: Power
    public var maxDischarge: Power
    /// One-way, both directions, in 1/10,000.
    public var efficiency: Int
    /// Dead time of the car itself, on top of its station's.
    public var latency = TimeSpan.zero

    public init(
        vehicle: VehicleID, site: SiteID, arrival: Instant, departure: Instant,
        arrivalCharge: StateOfCharge, targetCharge: StateOfCharge, minimumCharge: StateOfCharge,
        capacity: Energy, maxCharge: Power, maxDischarge: Power, efficiency: Int
    ) {
        self.vehicle = vehicle
        self.site = site
        self.arrival = arrival
        self.departure = departure
        self.arrivalCharge = arrivalCharge
        self.targetCharge = targetCharge
        self.minimumCharge = minimumCharge
        self.capacity = capacity
        self.maxCharge = maxCharge
        self.maxDischarge = maxDischarge
        self.efficiency = efficiency
    }

    /// Reads `sessions.csv`; sorted by arrival, then vehicle.
    public static func read(_ text: String, name: String = "sessions.csv") throws(TwinError)
        -> [Session]
    {
        let table = try CSVTable(name: name, text: text)
        let at = try Columns(table)
        var sessions: [Session] = []
        sessions.reserveCapacity(table.rows.count)
        for row in table.rows {
            sessions.append(try at.session(CSVRow(table: table, row: row)))
        }
        return sessions.sorted { ($0.arrival, $0.vehicle) < ($1.arrival, $1.vehicle) }
    }

    private struct Columns {
        var vehicle, site, arrival, departure, arrivalSoc, targetSoc, minSoc: Int
        var battery, maxCharge, maxDischarge, efficiency: Int
        /// A column that may be missing.
        var latency: Int?

        init(_ table: CSVTable) throws(TwinError) {
            self.vehicle = try table.column("vehicle_id")
            self.site = try table.column("site_id")
            self.arrival = try table.column("arrival")
            self.departure = try table.column("departure")
            self.arrivalSoc = try table.column("arrival_soc")
            self.targetSoc = try table.column("target_soc")
            self.minSoc = try table.column("min_soc")
            self.battery = try table.column("battery_kwh")
            self.maxCharge = try table.column("max_charge_kw")
            self.maxDischarge = try table.column("max_discharge_kw")
            self.efficiency = try table.column("efficiency")
            self.latency = table.header.firstIndex(of: "latency_ms")
        }

        func session(_ row: CSVRow) throws(TwinError) -> Session {
            var session = Session(
                vehicle: VehicleID(row.text(self.vehicle)), site: SiteID(row.text(self.site)),
                arrival: try row.instant(self.arrival), departure: try row.instant(self.departure),
                arrivalCharge: try Self.charge(row, self.arrivalSoc),
                targetCharge: try Self.charge(row, self.targetSoc),
                minimumCharge: try Self.charge(row, self.minSoc),
                capacity: Energy(
                    wattSeconds: Int(
                        (try row.number(self.battery, in: 0.1...10_000) * 3.6e6).rounded())),
                maxCharge: try Self.power(row, self.maxCharge),
                maxDischarge: try Self.power(row, self.maxDischarge),
                efficiency: Int((try row.number(self.efficiency, in: 0.1...1) * 10_000).rounded()))
            if let latency = self.latency {
                session.latency = .milliseconds(Int(try row.number(latency, in: 0...60_000).rounded()))
            }
            guard session.vehicle.rawValue.isEmpty == false else {
                throw row.error(self.vehicle, "a name")
            }
            guard session.departure > session.arrival else {
                throw row.error(self.departure, "later than arrival")
            }
            return session
        }

        private static func charge(_ row: CSVRow, _ column: Int) throws(TwinError) -> StateOfCharge {
            StateOfCharge(basisPoints: Int((try row.number(column, in: 0...1) * 10_000).rounded()))
        }

        private static func power(_ row: CSVRow, _ column: Int) throws(TwinError) -> Power {
            Power(watts: Int((try row.number(column, in: 0...10_000) * 1_000).rounded()))
        }
    }
}
