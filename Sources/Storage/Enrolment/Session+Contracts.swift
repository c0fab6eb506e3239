import Domain

// Every version of a contract is kept; `contracts` has the one that was enrolled last.
extension SQLSession {
    /// A contract that was enrolled before versions were kept is its own first version.
    func keepFirstVersion(of terms: ContractTerms, zone: String) throws {
        let known = try self.query(
            "SELECT id FROM contract_terms WHERE tenant = ? AND id = ?",
            [.text(terms.tenant.rawValue), .text(terms.id.rawValue)])
        let old = try self.query(
            "SELECT * FROM contracts WHERE tenant = ? AND id = ?",
            [.text(terms.tenant.rawValue), .text(terms.id.rawValue)])
        guard known.isEmpty, let row = old.first else { return }
        try self.insertVersion(try ContractTerms(row: row), from: 0, zone: zone)
    }

    /// Notes a version where it says something new: from its own time on, else from `now`, the first from ever.
    func enrolVersion(_ terms: ContractTerms, zone: String, at now: Instant) throws {
        let latest = try self.query(
            "SELECT body FROM contract_terms WHERE tenant = ? AND id = ? ORDER BY valid_from DESC LIMIT 1",
            [.text(terms.tenant.rawValue), .text(terms.id.rawValue)]
        ).first.map { try decoded($0, ContractTerms.self) }
        var known = latest
        if terms.validFrom == nil { known?.validFrom = nil }
        guard known != terms else { return }
        let from = terms.validFrom ?? (latest == nil ? Instant(microseconds: 0) : now)
        try self.insertVersion(terms, from: from.microseconds, zone: zone)
    }

    /// Notes under whom a car was until now where that changes; before it was enrolled it was under nobody.
    func noteHandover(to vehicle: VehicleTerms, zone: String, at now: Instant) throws {
        let known = try self.query(
            "SELECT owner, contract FROM vehicles WHERE id = ?", [.text(vehicle.id.rawValue)]
        ).first
        let (owner, contract) = (try known?.text("owner") ?? "", try known?.text("contract") ?? "")
        guard owner != vehicle.owner.rawValue || contract != vehicle.contract.rawValue else { return }
        try self.insertOnce(
            "handovers", tenant: vehicle.tenant, zone: zone, region: "",
            [
                ("vehicle", .text(vehicle.id.rawValue)), ("until", .integer(now.microseconds)),
                ("owner", .text(owner)), ("contract", .text(contract)),
            ])
    }

    private func insertVersion(_ terms: ContractTerms, from: Int, zone: String) throws {
        var version = terms
        version.validFrom = Instant(microseconds: from)
        try self.execute(
            "INSERT INTO contract_terms (tenant, zone, id, valid_from, body) VALUES (?, ?, ?, ?, ?)"
                + " ON CONFLICT (tenant, id, valid_from) DO UPDATE SET body = excluded.body",
            [
                .text(terms.tenant.rawValue), .text(zone), .text(terms.id.rawValue), .integer(from),
                try json(version),
            ])
    }
}

extension ContractTerms {
    /// As it lies in `contracts`: share and wear only.
    init(row: SQLRow) throws {
        self.init(
            id: ContractID(try row.text("id")), owner: OwnerID(try row.text("owner")),
            tenant: TenantID(try row.text("tenant")), currency: Currency(rawValue: try row.text("currency")),
            ownerShare: try row.integer("owner_share"), wearPerKilowattHour: try row.integer("wear_per_kwh"))
    }
}
