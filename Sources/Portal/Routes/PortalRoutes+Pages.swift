import Domain
import Engine
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import Storage

extension PortalRoutes {
    /// What pages say of settled blocks: those of the last day. The statement has all of a month.
    private static let span = (length: TimeSpan.hours(24), name: "last 24 hours")

    /// The home of each role.
    func addPages(to router: Router<PortalContext>) {
        router.get("/owner") { _, context in
            Response.page(try await self.ownerPage(try context.signedIn(as: .fleetOwner)))
        }
        router.get("/owner/statement") { request, context in
            try await self.statement(try context.signedIn(as: .fleetOwner), request)
        }
        router.get("/grid") { _, context in
            let user = try context.signedIn(as: .gridOperator, .vppOperator)
            let snapshot = self.snapshot(for: user)
            return Response.page(
                GridPage.html(
                    user: user, figures: snapshot.map { LiveFigures($0) }, plot: plot(snapshot),
                    bids: (snapshot?.bids ?? []).reversed(),
                    awards: (snapshot?.awards ?? []).reversed(),
                    blocks: try await self.blocks(user, owner: nil),
                    refused: (snapshot?.refusedAwards ?? []).reversed(), forecasts: snapshot?.forecasts ?? [],
                    standings: snapshot?.standings ?? []))
        }
        router.get("/utility") { _, context in
            Response.page(try await self.utilityPage(try context.signedIn(as: .utility)))
        }
        router.get("/control") { _, context in
            Response.page(try await self.controlPage(try context.signedIn(as: .vppOperator)))
        }
    }

    /// Settled blocks of the last day, newest first; with shares where they are of one owner.
    private func blocks(_ user: SignedIn, owner: OwnerID?) async throws -> [BlockResult] {
        let now = self.dependencies.now()
        return try await self.dependencies.store.blocks(
            tenant: TenantID(user.tenant), owner: owner,
            in: MarketInterval(start: now - Self.span.length, end: now), shares: owner != nil
        ).reversed()
    }

    private func ownerPage(_ user: SignedIn) async throws -> HTML {
        let owner = try user.ownerID
        let books = try await self.ownerBooks(user, owner)
        let cars = Set(books.vehicles.map(\.id))
        return OwnerPage.html(
            user: user, books: books, span: Self.span.name, vehicles: self.ownerRows(books, owner),
            sites: self.snapshot(for: user)?.sites(of: cars) ?? [],
            overrides: try await self.overrides(user, owner: owner))
    }

    /// What the database has of a user's own.
    func ownerBooks(_ user: SignedIn, _ owner: OwnerID) async throws -> OwnerBooks {
        let tenant = TenantID(user.tenant)
        let store = self.dependencies.store
        let all = try await self.blocks(user, owner: owner)
        // Amounts of two currencies do not add up: the page is in that of the newest block.
        let currency = all.first?.shares.first?.earned.currency
        let blocks = all.filter { $0.shares.first?.earned.currency == currency }
        let month = Period(containing: self.dependencies.now()).interval
        return OwnerBooks(
            owner: owner, blocks: blocks, month: try await store.earned(tenant: tenant, owner: owner, in: month),
            vehicles: try await store.vehicles(tenant: tenant, owner: owner))
    }

    /// The owner's enrolled cars as the engine sees them now.
    func ownerRows(_ books: OwnerBooks, _ owner: OwnerID) -> [VehicleRow] {
        let snapshot = self.dependencies.snapshot()
        let live = Dictionary(
            snapshot.vehicles.filter { $0.owner == owner }.map { ($0.id, $0) },
            uniquingKeysWith: { $0.plugged ? $0 : $1 })
        return books.vehicles.map { terms in
            live[terms.id].map { VehicleRow($0, in: snapshot) } ?? VehicleRow(unseen: terms.id)
        }
    }

    private func utilityPage(_ user: SignedIn) async throws -> HTML {
        let snapshot = self.snapshot(for: user)
        let now = self.dependencies.now()
        let tenant = TenantID(user.tenant)
        var samples: [DeliverySample] = []
        var signals: [GridSignal] = []
        for resource in snapshot?.resources ?? [] {
            samples += try await self.dependencies.store.samples(
                tenant: tenant, resource: resource.id,
                in: MarketInterval(start: now - .seconds(60), end: now), limit: 600)
            signals += try await self.dependencies.store.signals(
                tenant: tenant, resource: resource.id, since: now - .minutes(15), limit: 50)
        }
        return UtilityPage.html(
            user: user, figures: snapshot.map { LiveFigures($0) }, plot: plot(snapshot),
            signals: Array(signals.sorted { $0.sentAt > $1.sentAt }.prefix(50)),
            samples: samples.reversed(), blocks: try await self.blocks(user, owner: nil))
    }

    /// Decisions of others in the last day, newest first.
    private func overrides(_ user: SignedIn, owner: OwnerID?) async throws -> [OverrideRecord] {
        let now = self.dependencies.now()
        return try await self.dependencies.store.overrides(
            tenant: TenantID(user.tenant), owner: owner,
            in: MarketInterval(start: now - Self.span.length, end: now + .seconds(1)),
            limit: OverrideTable.most)
    }

    private func trusts(_ user: SignedIn) async throws -> StationTrusts {
        let tenant = TenantID(user.tenant)
        return StationTrusts(
            counts: try await self.dependencies.store.trustCounts(tenant: tenant),
            latest: try await self.dependencies.store.trust(tenant: tenant, limit: StationTrusts.most))
    }

    private func controlPage(_ user: SignedIn) async throws -> HTML {
        guard let snapshot = self.snapshot(for: user) else { throw PortalError.otherTenant }
        let blocks: [BlockResult]
        do {
            blocks = try await self.blocks(user, owner: nil)
        } catch {
            // The button has to be there while the database is away: the engine's own blocks will do.
            self.dependencies.logger.warning(
                "portal: no blocks from the database", metadata: ["error": "\(error)"])
            blocks = snapshot.results.reversed()
        }
        return ControlPage.html(
            user: user, figures: LiveFigures(snapshot), plot: plot(snapshot),
            zone: self.dependencies.zone.rawValue,
            stopped: snapshot.stops.map(\.scope.text),
            misbehaving: snapshot.suspects.map {
                Misbehaviour(
                    station: $0.station.rawValue,
                    what: $0.reason.isEmpty ? "delivered \(Format.share($0.trust)) of what it was asked" : $0.reason,
                    since: $0.since, lastProof: $0.lastFollowed, retryAt: $0.retryAt)
            }, trust: try? await self.trusts(user), overrides: try? await self.overrides(user, owner: nil),
            blocks: blocks, vehicles: snapshot.vehicles.map { VehicleRow($0) }, sites: snapshot.sites(),
            standings: snapshot.standings, energy: EnergyTable.html(snapshot))
    }
}

extension SignedIn {
    /// Whose figures a fleet owner sees.
    var ownerID: OwnerID {
        get throws(PortalError) {
            guard let owner = self.owner else {
                throw PortalError(.forbidden, "this user has no owner: have the operator set one")
            }
            return OwnerID(owner)
        }
    }
}

extension PortalError {
    static let otherTenant = PortalError(
        .forbidden, "another tenant runs this zone: log in as one of its users")
}

extension VehicleRow {
    /// - Parameter snapshot: the one that the vehicle is of, where it is to be explained.
    init(_ vehicle: EngineSnapshot.Vehicle, in snapshot: EngineSnapshot? = nil) {
        self.init(
            id: vehicle.id.rawValue, station: vehicle.station.rawValue, plugged: vehicle.plugged,
            stateOfCharge: vehicle.stateOfCharge.basisPoints, watts: vehicle.power.watts,
            departure: vehicle.departure, ready: vehicle.ready, reason: vehicle.reason,
            keptOut: vehicle.keptOut.map(Self.text) ?? "", wear: vehicle.wear.map(Self.text) ?? "")
        self.explanation = snapshot?.explanation(of: vehicle, Format.time) ?? ""
    }

    /// Such as `lfp, 0.0123 % of its life, 0.4 ct a kWh, 42 % of its warranty`.
    private static func text(_ wear: EngineSnapshot.Wear) -> String {
        let parts = [
            wear.chemistry, "\(Format.decimal(wear.spent, places: 4)) % of its life spent",
            "\(Format.decimal(wear.perKilowattHour / 1_000, places: 1)) ct for the next kWh",
            "\(Format.energy(wear.discharged)) discharged",
            wear.warrantyUsed.map { "\(Format.share($0)) of its warranty used" } ?? "no warranty limit", wear.veto,
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private static func text(_ kept: EngineSnapshot.KeptOut) -> String {
        guard let since = kept.since else { return "kept out of discharge: \(kept.reason)" }
        return "kept out of discharge since \(Format.time(since)): \(kept.reason)"
    }

    /// A car that is enrolled and was not plugged in since the start.
    init(unseen id: VehicleID) {
        self.init(
            id: id.rawValue, station: "–", plugged: false, stateOfCharge: nil, watts: 0,
            departure: nil, ready: false, reason: "not plugged in")
    }
}
