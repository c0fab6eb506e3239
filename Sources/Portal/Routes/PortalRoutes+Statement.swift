import Domain
import HTTPTypes
import Hummingbird
import Ledger
import Storage

extension PortalRoutes {
    /// An owner's statement of a month: a page, or with `format` the document itself.
    func statement(_ user: SignedIn, _ request: Request) async throws -> Response {
        let owner = try user.ownerID
        let query = request.uri.queryParameters
        let period =
            try query["period"].map { try Period(String($0)) }
            ?? Period(containing: self.dependencies.now())
        let tenant = TenantID(user.tenant)
        if let number = query["number"] { return try await self.issued(String(number), user, owner) }
        let blocks = try await self.blocks(tenant: tenant, owner: owner, in: period)
        let currencies = Set(blocks.flatMap { $0.shares.map(\.earned.currency.rawValue) }).sorted()
        let currency = query["currency"].map { String($0) } ?? currencies.first
        guard currency == nil || currencies.isEmpty || currencies.contains(currency ?? "") else {
            throw PortalError(
                .badRequest, "currency must be one of \(currencies.joined(separator: ", "))")
        }
        var statement = Statement(
            owner: owner,
            ownerName: try await self.dependencies.store.owners(tenant: tenant)
                .first { $0.id == owner }?.name ?? owner.rawValue,
            period: period.description,
            blocks: blocks.filter { $0.shares.first?.earned.currency.rawValue == currency })
        let paid = MonthSettlement.id(period.description, owner, statement.currency)
        if let posted = try await self.dependencies.store.latestPosting(tenant: tenant, id: paid) {
            statement.monthly = MonthSettlement.lines(of: posted, owner: owner)
        }
        let name = "attachment; filename=\"statement-\(period)\(currency.map { "-\($0)" } ?? "")"
        func file(_ ending: String) -> [HTTPField] {
            [HTTPField(name: .contentDisposition, value: "\(name).\(ending)\"")]
        }
        switch query["format"].map({ String($0) }) {
        case nil:
            let issued = try await self.dependencies.store.statements(tenant: tenant, owner: owner)
            return .page(
                StatementPage.html(user: user, statement: statement, currencies: currencies, issued: issued))
        case "csv":
            return .text(statement.csv, type: "text/csv; charset=utf-8", extra: file("csv"))
        case "json":
            return .text(statement.json, type: "application/json", extra: file("json"))
        case "html": return .text(statement.html, type: "text/html; charset=utf-8")
        default: throw PortalError(.badRequest, "format must be csv, html or json: correct it")
        }
    }

    /// A statement as it was issued.
    private func issued(_ text: String, _ user: SignedIn, _ owner: OwnerID) async throws -> Response {
        guard let number = Int(text),
            let issued = try await self.dependencies.store.statement(tenant: TenantID(user.tenant), number: number),
            issued.owner == owner
        else { throw PortalError(.notFound, "no statement \(text.prefix(32)) was issued to you: take one of the list") }
        return .text(issued.documents["html"] ?? "", type: "text/html; charset=utf-8")
    }

    /// All blocks of a month, a day at a time, so that no query holds up the database for long.
    private func blocks(
        tenant: TenantID, owner: OwnerID, in period: Period
    ) async throws -> [BlockResult] {
        var blocks: [BlockResult] = []
        for day in period.days where day.start <= self.dependencies.now() {
            blocks += try await self.dependencies.store.blocks(
                tenant: tenant, owner: owner, in: day, limit: 1_000_000)
        }
        return blocks
    }
}
