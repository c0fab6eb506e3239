import Domain
import OCPP

/// What an operator says to a station by hand, and sees of it.
extension StationLink {
    /// Messages by which dispatch holds a station: a word of somebody else would be overruled at the next order, or
    /// leave the station with what nobody takes back.
    static let ofDispatch: Set<String> = [
        "AFRRSignal", "ClearChargingProfile", "ClearDERControl", "SetChargingProfile", "SetDERControl",
        "UpdateDynamicSchedule",
    ]

    /// Reads `payload` as strictly as the schema of the version, and says it behind the other calls.
    /// - Throws: why nothing is said; the message names what to do.
    mutating func say(
        _ action: String, _ payload: [UInt8], at now: Instant, done: @escaping @Sendable (CallOutcome) -> Void
    ) throws(OCPPError) -> [LinkOutput] {
        guard let entry = Catalogue.entry(action, in: self.version), entry.caller != .station else {
            throw OCPPError(.notSupported, "\(action.prefix(64)) is not for us to say on \(self.version.number)")
        }
        let (document, fault) = JSONDocument.parse(payload, version: self.version, isStrict: true)
        if let fault { throw OCPPError(.formatViolation, "the payload is no JSON: \(fault.message)") }
        guard document.root.isObject else { throw OCPPError(.formatViolation, "the payload is no JSON object") }
        guard let message = try entry.request(document.root) as? any Request else {
            throw OCPPError(.notSupported, "\(action) is never answered, so it cannot be asked for")
        }
        return try self.ask(message, at: now, done: done)
    }

    /// The station as it is known now.
    var summary: StationSummary {
        StationSummary(
            station: self.station, ocpp: self.version.number, vendor: self.record.boot?.vendor,
            model: self.record.boot?.model, firmware: self.record.boot?.firmware, dialect: self.spoken.name,
            evses: self.record.evses.sorted().map { evse in
                StationSummary.EVSE(
                    evse: evse, transaction: self.record.transactions[evse]?.id,
                    capability: self.capabilities[evse].map { "\($0.capability)" },
                    reason: self.capabilities[evse]?.reason)
            })
    }
}
