import Domain
import OCPP

/// What 1.6 charge points say; a connector is an EVSE.
extension StationLink {
    mutating func handle16(_ call: Call, at now: Instant) throws(OCPPError) -> [LinkOutput] {
        let json = call.payload
        switch call.action {
        case "BootNotification":
            let request = try V16.BootNotificationRequest(json)
            let lost = self.booted(
                StationRecord.Boot(
                    vendor: request.chargePointVendor, model: request.chargePointModel,
                    firmware: request.firmwareVersion), at: now)
            let fact = StationFact.booted(
                vendor: request.chargePointVendor, model: request.chargePointModel,
                serial: request.chargePointSerialNumber, firmware: request.firmwareVersion)
            return lost + self.answerBoot(call, fact, at: now)
        case "Authorize":
            let request = try V16.AuthorizeRequest(json)
            var answer = V16.AuthorizeResponse(status: "")
            answer.idTagInfo = V16.IdTagInfo(self.policy.verdict(TokenID(request.idTag), self.station))
            return self.reply(call, answer)
        default:
            return try self.handleKnown(call, at: now)
        }
    }

    mutating func start16(_ call: Call, _ request: V16.StartTransactionRequest) -> [LinkOutput] {
        guard self.meet(request.connectorId) else {
            return self.refuse(
                call, OCPPError(.propertyConstraintViolation, "connectorId must be 1 or more"))
        }
        let ticket = self.nextTicket
        self.nextTicket += 1
        self.held[ticket] = .start(call, request)
        let key = TransactionKey(
            station: self.station, connector: request.connectorId, token: TokenID(request.idTag),
            start: request.timestamp.instant)
        return [.wantsTransactionID(key, ticket: ticket)]
    }

    /// The id for a StartTransaction came: the station is answered once the start is kept.
    mutating func issued(_ id: Int32, for ticket: Int, at now: Instant) -> [LinkOutput] {
        guard case .start(let call, let request) = self.held[ticket] else { return [] }
        self.held[ticket] = nil
        let token = TokenID(request.idTag)
        let verdict = self.policy.verdict(token, self.station)
        var answer = V16.StartTransactionResponse(transactionId: Int(id), status: "")
        answer.idTagInfo = V16.IdTagInfo(verdict)
        guard verdict.status == .accepted else { return self.reply(call, answer) + self.pump(at: now) }
        var facts = self.began(request.connectorId, String(id), token: token)
        var start = MeterSample(at: request.timestamp.instant, transaction: String(id))
        start.importRegister = Energy(wattHours: request.meterStart)
        facts.append(.meter(evse: request.connectorId, start))
        return self.hold(call, answer, until: facts) + self.tellCapabilities() + self.pump(at: now)
    }

    mutating func stop16(_ call: Call, _ report: StopReport, at now: Instant) -> [LinkOutput] {
        let id = String(report.transactionId)
        guard let evse = self.record.evse(of: id) else {
            self.record.markEnded(id)
            return self.reply(call, V16.StopTransactionResponse())
        }
        var facts = self.samples(report.samples, evse: evse, transaction: id)
        var stop = MeterSample(at: report.timestamp.instant, transaction: id)
        stop.importRegister = Energy(wattHours: report.meterStop)
        facts.append(.meter(evse: evse, stop))
        let end = self.ended(evse, at: now)
        return end.outputs
            + self.hold(call, V16.StopTransactionResponse(), until: facts + end.facts)
            + self.tellCapabilities()
    }
}

extension V16.IdTagInfo {
    init(_ verdict: TokenVerdict) {
        self.init((verdict.status == .unknown ? TokenVerdict.Status.invalid : verdict.status).rawValue)
        self.parentIdTag = verdict.group
    }
}

extension V2.IdTokenInfo {
    init(_ verdict: TokenVerdict) {
        self.init(verdict.status.rawValue)
        self.groupIdToken = verdict.group.map { V2.IdToken($0, type: "Central") }
    }
}
