import Domain

extension Settlement {
    /// A share under a contract with conditions. In this order, each rounded once: wear, the energy bought back for what
    /// was discharged, what was lost on both ways, standby and pay per kWh are the owner's whatever the market paid;
    /// third parties get theirs; of what is left, if anything, the contract's share is the owner's. The rest is the fee,
    /// and where the market paid less than all that, the fee is negative.
    func share(
        _ vehicle: VehicleDelivery, _ conditions: ContractConditions, availability: Money, energy: Money, wear: Money
    ) -> BlockResult.Share {
        let contract = vehicle.contract
        let gross = availability + energy
        func money(_ value: Int128, _ divisor: Int128) -> Money {
            Money(microUnits: Self.rounded(value, divisor), currency: gross.currency)
        }
        let discharged = Int128(max(0, vehicle.discharged.wattSeconds))
        let refund = money(Int128(conditions.energyPrice) * discharged, 3_600_000)
        let bought = Self.boughtBack(vehicle)
        let losses = money(Int128(conditions.energyPrice) * Int128(bought), 3_600_000) - refund
        let drawn = Int128(conditions.standby.watts) * Int128(vehicle.seconds)
        let standby = money(Int128(conditions.energyPrice) * drawn, 3_600_000)
        let perEnergy = money(
            Int128(conditions.perKilowattHour) * Int128(max(0, vehicle.delivered.wattSeconds)), 3_600_000)
        let third = conditions.thirdParties.map { party in
            money(Int128(party.perKilowattHour) * Int128(bought), 3_600_000)
                + money(Int128(max(0, gross.microUnits)) * Int128(party.ofPayment), 10_000)
        }
        let owed = [wear, refund, losses, standby, perEnergy].reduce(0) { $0 + $1.microUnits }
        let given = owed + third.reduce(0) { $0 + $1.microUnits }
        let left = max(0, gross.microUnits - given)
        let part = money(Int128(left) * Int128(contract.ownerShare), 10_000)
        let fee = gross.microUnits - given - part.microUnits
        return BlockResult.Share(
            vehicle: vehicle.vehicle, owner: contract.owner, contract: contract.id,
            headroomHeld: vehicle.headroomHeld, delivered: vehicle.delivered, discharged: vehicle.discharged,
            availability: availability, energy: energy, wear: wear,
            fee: Money(microUnits: fee, currency: gross.currency),
            earned: Money(microUnits: owed + part.microUnits, currency: gross.currency),
            ownerShare: contract.ownerShare, wearPerKilowattHour: contract.wearPerKilowattHour,
            conditioned: BlockResult.Conditioned(
                conditions: conditions, efficiency: vehicle.efficiency, seconds: vehicle.seconds, refund: refund,
                losses: losses, standby: standby, perEnergy: perEnergy, thirdParties: third))
    }

    /// Energy that has to be bought so that the battery is as full as before: discharged ÷ the square of the one-way
    /// efficiency, in watt-seconds, rounded.
    static func boughtBack(_ vehicle: VehicleDelivery) -> Int {
        let efficiency = Int128(min(10_000, max(1_000, vehicle.efficiency)))
        return Self.rounded(
            Int128(max(0, vehicle.discharged.wattSeconds)) * 100_000_000, efficiency * efficiency)
    }
}
