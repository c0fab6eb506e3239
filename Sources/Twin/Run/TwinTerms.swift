import Domain
import Engine
import GridCodes

/// The enrolment of a run: one tenant, one owner, one contract, the sites of the configuration.
struct TwinTerms {
    static let tenant = TenantID("twin")
    static let owner = OwnerID("twin-owner")
    static let contract = ContractID("twin-contract")
    static let zone = ZoneID("twin-zone")

    let input: TwinInput
    let resource: ResourceID

    var enrolment: [Event] {
        let region = self.input.region
        var changes: [EnrolmentChange] = [
            .owner(OwnerTerms(id: Self.owner, tenant: Self.tenant, name: "Twin")),
            .contract(
                ContractTerms(
                    id: Self.contract, owner: Self.owner, tenant: Self.tenant,
                    currency: region.currency, ownerShare: 8_000,
                    wearPerKilowattHour: Int(
                        (self.input.config.wearPerKilowattHour * 1_000_000).rounded()))),
        ]
        for site in self.input.config.sites {
            let limits = TwinInput.limits(site)
            changes.append(
                .site(
                    SiteTerms(
                        id: SiteID(site.id), tenant: Self.tenant, region: region.region,
                        zone: Self.zone, resource: self.resource, importLimit: limits.importLimit,
                        exportLimit: limits.exportLimit, staleLoad: .zero,
                        defaultStay: .hours(8), defaultTarget: StateOfCharge(basisPoints: 8_000))))
        }
        return changes.map { .enrolled($0) }
    }

    /// A car came: it is enrolled as it is now, with its departure.
    static func arrival(_ session: Session, station: StationID) -> [Event] {
        let vehicle = VehicleTerms(
            id: session.vehicle, owner: Self.owner, contract: Self.contract, tenant: Self.tenant,
            tokens: [TokenID(session.vehicle.rawValue)], capacity: session.capacity,
            maxCharge: session.maxCharge, maxDischarge: session.maxDischarge,
            reserve: session.minimumCharge, efficiency: session.efficiency,
            dischargeConsentAt: session.maxDischarge > .zero ? session.arrival : nil)
        return [
            .enrolled(.station(StationTerms(id: station, site: session.site))),
            .enrolled(.vehicle(vehicle)),
            .enrolled(
                .departure(
                    DepartureTerms(
                        vehicle: session.vehicle, departure: session.departure,
                        target: session.targetCharge))),
        ]
    }
}

extension TwinInput {
    struct Limits: Hashable, Sendable {
        var importLimit: Power
        var exportLimit: Power
    }

    static func limits(_ site: TwinConfig.Site) -> Limits {
        Limits(
            importLimit: Power(watts: Int((site.importKilowatts * 1_000).rounded())),
            exportLimit: Power(watts: Int((site.exportKilowatts * 1_000).rounded())))
    }

    func limits(of site: SiteID) -> Limits? {
        self.config.sites.first { $0.id == site.rawValue }.map { Self.limits($0) }
    }
}

extension TwinTerms {
    /// The engine of the run. Periods and leases stretch with steps that are longer than they.
    var configuration: EngineConfiguration {
        let step = self.input.step
        var configuration = EngineConfiguration(
            tenant: Self.tenant, zone: Self.zone, region: self.input.region, epoch: Epoch(1),
            resources: [.init(id: self.resource, products: [self.input.product.id])])
        // Within the 15 s that a plan may be old (DESIGN section 2) while nothing happened; news are planned at once.
        configuration.planPeriod = max(configuration.planPeriod, step * 3)
        configuration.lease = max(configuration.lease, step * 6)
        configuration.watchdog = max(configuration.watchdog, step * 3)
        configuration.meterGrace = max(configuration.meterGrace, step * 2)
        configuration.telemetryStale = max(configuration.telemetryStale, step * 3)
        return configuration
    }
}
