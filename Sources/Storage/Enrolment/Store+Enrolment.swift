package import Domain

extension Store {
    /// Upserts changes as one transaction: all of them count, or none does.
    package func enrol(_ changes: [EnrolmentChange], zone: ZoneID, at now: Instant) async throws {
        try await self.database.transaction(as: .service) { session in
            for change in changes { try session.enrol(change, zone: zone, at: now) }
            let sites = changes.compactMap { change -> ZoneID? in
                if case .site(let terms) = change { terms.zone } else { nil }
            }
            for zone in Set(sites + [zone]).sorted() {
                try session.execute(
                    "INSERT INTO enrolments (zone, revision) VALUES (?, 1) ON CONFLICT (zone) DO UPDATE"
                        + " SET revision = enrolments.revision + 1", [.text(zone.rawValue)])
            }
        }
    }

    /// Rises with every ``enrol(_:zone:at:)`` of the zone; 0 before the first.
    package func enrolmentRevision(zone: ZoneID) async throws -> Int {
        try await self.database.transaction(as: .service) { session in
            try session.query("SELECT revision FROM enrolments WHERE zone = ?", [.text(zone.rawValue)])
                .first?.integer("revision") ?? 0
        }
    }

    /// Everything enrolled in a zone, in an order that the engine can apply: owners first, departures last.
    /// - Parameter since: earlier departures are history and left out.
    package func enrolment(
        zone: ZoneID, since: Instant = .distantPast
    ) async throws -> [EnrolmentChange] {
        try await self.database.transaction(as: .service) { session in
            try session.enrolment(zone: zone.rawValue, since: since)
        }
    }

    /// What an owner agreed to and when it was noted, oldest first; `agreedAt` nil: withdrawn.
    package func consents(
        tenant: TenantID, vehicle: VehicleID
    ) async throws -> [(agreedAt: Instant?, notedAt: Instant)] {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            try session.query(
                "SELECT agreed_at, noted_at FROM consents WHERE tenant = ? AND vehicle = ? ORDER BY seq",
                [.text(tenant.rawValue), .text(vehicle.rawValue)]
            ).map { row in
                (
                    row.optionalInteger("agreed_at").map { Instant(microseconds: $0) },
                    Instant(microseconds: try row.integer("noted_at"))
                )
            }
        }
    }

    /// The vehicles of an owner.
    package func vehicles(tenant: TenantID, owner: OwnerID) async throws -> [VehicleTerms] {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            try session.vehicles(
                where: "tenant = ? AND owner = ?", [.text(tenant.rawValue), .text(owner.rawValue)])
        }
    }

    /// The fleet owners of a tenant.
    package func owners(tenant: TenantID) async throws -> [OwnerTerms] {
        try await self.database.transaction(as: .tenant(tenant)) { session in
            try session.query(
                "SELECT id, name FROM owners WHERE tenant = ? ORDER BY id", [.text(tenant.rawValue)]
            ).map {
                OwnerTerms(id: OwnerID(try $0.text("id")), tenant: tenant, name: try $0.text("name"))
            }
        }
    }
}

extension SQLSession {
    /// Inserts or replaces a row by its key; a row of another tenant is never taken over.
    private func upsert(
        _ table: String, key: String, tenant: TenantID, zone: String, region: String = "",
        _ columns: [(String, SQLValue)]
    ) throws {
        let names = ["tenant", "zone", "region"] + columns.map(\.0)
        let values: [SQLValue] =
            [.text(tenant.rawValue), .text(zone), .text(region)] + columns.map(\.1)
        let marks = Array(repeating: "?", count: names.count).joined(separator: ", ")
        let updates = names.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let changed = try self.execute(
            "INSERT INTO \(table) (\(names.joined(separator: ", "))) VALUES (\(marks))"
                + " ON CONFLICT (\(key)) DO UPDATE SET \(updates)"
                + " WHERE \(table).tenant = excluded.tenant", values)
        guard changed == 1 else {
            throw StorageError(
                .constraint, "an id in \(table) belongs to another tenant: choose another id")
        }
    }

    fileprivate func enrol(_ change: EnrolmentChange, zone: ZoneID, at now: Instant) throws {
        let zone = zone.rawValue
        switch change {
        case .owner(let owner):
            try self.execute(
                "INSERT INTO tenants (id, region) VALUES (?, '') ON CONFLICT DO NOTHING",
                [.text(owner.tenant.rawValue)])
            try self.upsert(
                "owners", key: "tenant, id", tenant: owner.tenant, zone: zone,
                [("id", .text(owner.id.rawValue)), ("name", .text(owner.name))])
        case .contract(let terms):
            try self.need("owners", terms.owner.rawValue, tenant: terms.tenant)
            try self.keepFirstVersion(of: terms, zone: zone)
            try self.upsert(
                "contracts", key: "tenant, id", tenant: terms.tenant, zone: zone,
                [
                    ("id", .text(terms.id.rawValue)), ("owner", .text(terms.owner.rawValue)),
                    ("currency", .text(terms.currency.rawValue)),
                    ("owner_share", .integer(terms.ownerShare)),
                    ("wear_per_kwh", .integer(terms.wearPerKilowattHour)),
                ])
            try self.enrolVersion(terms, zone: zone, at: now)
        case .site(let site):
            try self.upsert(
                "sites", key: "id", tenant: site.tenant, zone: site.zone.rawValue,
                region: site.region.rawValue, site.columns)
        case .station(let station):
            let tenant = try self.tenant(of: station.site.rawValue, in: "sites", "site")
            try self.upsert(
                "stations", key: "id", tenant: tenant, zone: zone,
                [
                    ("id", .text(station.id.rawValue)), ("site", .text(station.site.rawValue)),
                    ("feeder", .text(station.feeder?.name ?? "")),
                    ("feeder_w", .integer(station.feeder?.limit.watts ?? 0)),
                ])
        case .vehicle(let vehicle): try self.enrol(vehicle, zone: zone, at: now)
        case .battery(let terms):
            let tenant = try self.tenant(of: terms.vehicle.rawValue, in: "vehicles", "vehicle")
            try self.upsert(
                "batteries", key: "vehicle", tenant: tenant, zone: zone,
                [("vehicle", .text(terms.vehicle.rawValue)), ("body", try json(terms))])
        case .departure(let terms):
            let tenant = try self.tenant(of: terms.vehicle.rawValue, in: "vehicles", "vehicle")
            try self.upsert(
                "departures", key: "vehicle, departure", tenant: tenant, zone: zone,
                [
                    ("vehicle", .text(terms.vehicle.rawValue)),
                    ("departure", .integer(terms.departure.microseconds)),
                    ("target", .integer(terms.target.basisPoints)),
                ])
        case .cancelled(let vehicle, let departure):
            _ = try self.tenant(of: vehicle.rawValue, in: "vehicles", "vehicle")
            try self.execute(
                "DELETE FROM departures WHERE vehicle = ? AND departure = ?",
                [.text(vehicle.rawValue), .integer(departure.microseconds)])
        case .consent(let vehicle, let at): try self.consent(vehicle, at, zone: zone, noted: now)
        }
    }

    private func enrol(_ vehicle: VehicleTerms, zone: String, at now: Instant) throws {
        try self.need("owners", vehicle.owner.rawValue, tenant: vehicle.tenant)
        try self.need("contracts", vehicle.contract.rawValue, tenant: vehicle.tenant)
        let id = SQLValue.text(vehicle.id.rawValue)
        try self.noteHandover(to: vehicle, zone: zone, at: now)
        try self.upsert(
            "vehicles", key: "id", tenant: vehicle.tenant, zone: zone, vehicle.columns)
        try self.execute("DELETE FROM tokens WHERE vehicle = ?", [id])
        for token in vehicle.tokens {
            let isNew = try self.insertOnce(
                "tokens", tenant: vehicle.tenant, zone: zone, region: "",
                [("id", .text(token.folded.rawValue)), ("shown", .text(token.rawValue)), ("vehicle", id)])
            guard isNew else {
                throw StorageError(
                    .constraint, "token of vehicle \(vehicle.id) is another car's: give each its own")
            }
        }
        try self.consent(vehicle.id, vehicle.dischargeConsentAt, zone: zone, noted: now)
    }

    /// Adds to the history of consents where it says something new.
    private func consent(_ vehicle: VehicleID, _ at: Instant?, zone: String, noted now: Instant) throws {
        let tenant = try self.tenant(of: vehicle.rawValue, in: "vehicles", "vehicle")
        let id = SQLValue.text(vehicle.rawValue)
        let latest = try self.query(
            "SELECT seq, agreed_at FROM consents WHERE vehicle = ? ORDER BY seq DESC LIMIT 1", [id])
        if latest.isEmpty ? at == nil : latest[0].optionalInteger("agreed_at") == at?.microseconds {
            return
        }
        try self.insertOnce(
            "consents", tenant: tenant, zone: zone, region: "",
            [
                ("vehicle", id), ("seq", .integer((try latest.first?.integer("seq") ?? 0) + 1)),
                ("agreed_at", SQLValue(at?.microseconds)), ("noted_at", .integer(now.microseconds)),
            ])
    }

    private func need(_ table: String, _ id: String, tenant: TenantID) throws {
        let rows = try self.query(
            "SELECT id FROM \(table) WHERE tenant = ? AND id = ?", [.text(tenant.rawValue), .text(id)])
        guard !rows.isEmpty else {
            throw StorageError(.constraint, "\(id) is not in \(table) of \(tenant): enrol it first")
        }
    }

    private func tenant(of id: String, in table: String, _ what: String) throws -> TenantID {
        let rows = try self.query("SELECT tenant FROM \(table) WHERE id = ?", [.text(id)])
        guard let row = rows.first else {
            throw StorageError(.constraint, "unknown \(what) \(id): enrol it first")
        }
        return TenantID(try row.text("tenant"))
    }

    fileprivate func vehicles(
        where condition: String, _ values: [SQLValue]
    ) throws -> [VehicleTerms] {
        try self.query("SELECT * FROM vehicles WHERE \(condition) ORDER BY id", values).map { row in
            let id = try row.text("id")
            let tokens = try self.query(
                "SELECT shown FROM tokens WHERE vehicle = ? ORDER BY id", [.text(id)])
            let consent = try self.query(
                "SELECT agreed_at FROM consents WHERE vehicle = ? ORDER BY seq DESC LIMIT 1", [.text(id)])
            return VehicleTerms(
                id: VehicleID(id), owner: OwnerID(try row.text("owner")),
                contract: ContractID(try row.text("contract")),
                tenant: TenantID(try row.text("tenant")),
                tokens: try tokens.map { TokenID(try $0.text("shown")) },
                capacity: Energy(wattSeconds: try row.integer("capacity")),
                maxCharge: Power(watts: try row.integer("max_charge")),
                maxDischarge: Power(watts: try row.integer("max_discharge")),
                reserve: StateOfCharge(basisPoints: try row.integer("reserve")),
                efficiency: try row.integer("efficiency"),
                dischargeConsentAt: consent.first?.optionalInteger("agreed_at").map {
                    Instant(microseconds: $0)
                })
        }
    }

    fileprivate func enrolment(zone: String, since: Instant) throws -> [EnrolmentChange] {
        func each(_ table: String, _ order: String) throws -> [SQLRow] {
            try self.query("SELECT * FROM \(table) WHERE zone = ? ORDER BY \(order)", [.text(zone)])
        }
        let owners = try each("owners", "tenant, id").map {
            EnrolmentChange.owner(
                OwnerTerms(
                    id: OwnerID(try $0.text("id")), tenant: TenantID(try $0.text("tenant")),
                    name: try $0.text("name")))
        }
        let kept = try each("contract_terms", "tenant, id, valid_from").map { try decoded($0, ContractTerms.self) }
        let counts = Dictionary(kept.map { ([$0.tenant.rawValue, $0.id.rawValue], 1) }, uniquingKeysWith: +)
        // One that never changed counts from ever, and says so by naming no time.
        let versions = kept.map { terms in
            var terms = terms
            let isOnly = counts[[terms.tenant.rawValue, terms.id.rawValue]] == 1
            if isOnly, terms.validFrom == Instant(microseconds: 0) { terms.validFrom = nil }
            return terms
        }
        let versioned = Set(counts.keys)
        let contracts =
            try each("contracts", "tenant, id").map { try ContractTerms(row: $0) }
            .filter { !versioned.contains([$0.tenant.rawValue, $0.id.rawValue]) } + versions
        let batteries = try each("batteries", "vehicle").map { try decoded($0, BatteryTerms.self) }
        let sites = try each("sites", "id").map { EnrolmentChange.site(try SiteTerms(row: $0)) }
        let stations = try each("stations", "id").map { row in
            let feeder = try row.text("feeder")
            let watts = try row.integer("feeder_w")
            return EnrolmentChange.station(
                StationTerms(
                    id: StationID(try row.text("id")), site: SiteID(try row.text("site")),
                    feeder: feeder.isEmpty ? nil : .init(name: feeder, limit: Power(watts: watts))))
        }
        let vehicles = try self.vehicles(where: "zone = ?", [.text(zone)])
        let departures = try self.query(
            "SELECT * FROM departures WHERE zone = ? AND departure >= ? ORDER BY departure, vehicle",
            [.text(zone), .integer(since.microseconds)]
        ).map {
            EnrolmentChange.departure(
                DepartureTerms(
                    vehicle: VehicleID(try $0.text("vehicle")),
                    departure: Instant(microseconds: try $0.integer("departure")),
                    target: StateOfCharge(basisPoints: try $0.integer("target"))))
        }
        return owners + contracts.map { .contract($0) } + sites + stations + vehicles.map { .vehicle($0) }
            + batteries.map { .battery($0) } + departures
    }
}

extension SiteTerms {
    fileprivate var columns: [(String, SQLValue)] {
        [
            ("id", .text(self.id.rawValue)), ("resource", .text(self.resource.rawValue)),
            ("import_limit", .integer(self.importLimit.watts)),
            ("export_limit", .integer(self.exportLimit.watts)),
            ("stale_load", .integer(self.staleLoad.watts)),
            ("default_stay", .integer(self.defaultStay.microseconds)),
            ("default_target", .integer(self.defaultTarget.basisPoints)),
        ]
    }

    fileprivate init(row: SQLRow) throws {
        self.init(
            id: SiteID(try row.text("id")), tenant: TenantID(try row.text("tenant")),
            region: RegionID(try row.text("region")), zone: ZoneID(try row.text("zone")),
            resource: ResourceID(try row.text("resource")),
            importLimit: Power(watts: try row.integer("import_limit")),
            exportLimit: Power(watts: try row.integer("export_limit")),
            staleLoad: Power(watts: try row.integer("stale_load")),
            defaultStay: TimeSpan(microseconds: try row.integer("default_stay")),
            defaultTarget: StateOfCharge(basisPoints: try row.integer("default_target")))
    }
}

extension VehicleTerms {
    fileprivate var columns: [(String, SQLValue)] {
        [
            ("id", .text(self.id.rawValue)), ("owner", .text(self.owner.rawValue)),
            ("contract", .text(self.contract.rawValue)),
            ("capacity", .integer(self.capacity.wattSeconds)),
            ("max_charge", .integer(self.maxCharge.watts)),
            ("max_discharge", .integer(self.maxDischarge.watts)),
            ("reserve", .integer(self.reserve.basisPoints)), ("efficiency", .integer(self.efficiency)),
        ]
    }
}
