import Domain
import OCPP

/// What 1.6 charge points say; a connector is an EVSE.
extension StationLink {
    /// Nil for actions that we do not implement.
    mutating func handle16(_ call: Call, at now: Instant) throws(OCPPError) -> [LinkOutput]? {
        let json = call.payload
        switch call.action {
        case "MeterValues":
            return self.meterValues16(call, try V16.MeterValuesRequest(json))
        case "Heartbeat":
            return self.reply(call, V2.HeartbeatResponse(currentTime: now.wire))
        case "StatusNotification":
            let request = try V16.StatusNotificationRequest(json)
            return self.status(
                call, evse: request.connectorId, status: request.status, error: request.errorCode,
                at: now)
        case "BootNotification":
            let request = try V16.BootNotificationRequest(json)
            let lost = self.booted(
                StationRecord.Boot(
                    vendor: request.chargePointVendor, model: request.chargePointModel), at: now)
            let fact = StationFact.booted(
                vendor: request.chargePointVendor, model: request.chargePointModel,
                serial: request.chargePointSerialNumber, firmware: request.firmwareVersion)
            return lost + self.reply(call, self.bootAnswer(now), telling: [fact])
                + self.tellCapabilities()
        case "Authorize":
            let request = try V16.AuthorizeRequest(json)
            let isAccepted = self.policy.accepts(TokenID(request.idTag), self.station)
            return self.reply(
                call, V16.AuthorizeResponse(status: isAccepted ? "Accepted" : "Invalid"))
        case "StartTransaction":
            return try self.start16(call, try V16.StartTransactionRequest(json))
        case "StopTransaction":
            return self.stop16(call, try V16.StopTransactionRequest(json), at: now)
        case "DataTransfer":
            _ = try V16.DataTransferRequest(json)
            return self.reply(call, V16.StatusAnswer("UnknownVendorId"))
        case "SecurityEventNotification":
            _ = try V2.SecurityEventNotificationRequest(json)
            return self.reply(call, EmptyPayload()) + [.counted("security_event")]
        default:
            return nil
        }
    }

    private mutating func meterValues16(
        _ call: Call, _ request: V16.MeterValuesRequest
    ) -> [LinkOutput] {
        let evse = request.connectorId
        guard self.meet(evse) else { return self.reply(call, EmptyPayload()) }
        var facts: [StationFact] = []
        let id = request.transactionId.flatMap { $0 > 0 ? String($0) : nil }
        // After a restart of ours a running transaction is met half-way.
        if let id { facts += self.began(evse, id, token: nil) }
        facts += self.samples(
            request.meterValue.map(\.sample), evse: evse,
            transaction: id ?? self.record.transactions[evse]?.id)
        return facts.isEmpty
            ? self.reply(call, EmptyPayload()) : self.hold(call, EmptyPayload(), until: facts)
    }

    private mutating func start16(
        _ call: Call, _ request: V16.StartTransactionRequest
    ) throws(OCPPError) -> [LinkOutput] {
        guard self.meet(request.connectorId) else {
            throw OCPPError(.propertyConstraintViolation, "connectorId must be 1 or more")
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
        let isAccepted = self.policy.accepts(token, self.station)
        let answer = V16.StartTransactionResponse(
            transactionId: Int(id), status: isAccepted ? "Accepted" : "Invalid")
        guard isAccepted else { return self.reply(call, answer) + self.pump(at: now) }
        var facts = self.began(request.connectorId, String(id), token: token)
        var start = MeterSample(at: request.timestamp.instant, transaction: String(id))
        start.importRegister = Energy(wattHours: request.meterStart)
        facts.append(.meter(evse: request.connectorId, start))
        return self.hold(call, answer, until: facts) + self.tellCapabilities() + self.pump(at: now)
    }

    private mutating func stop16(
        _ call: Call, _ request: V16.StopTransactionRequest, at now: Instant
    ) -> [LinkOutput] {
        let id = String(request.transactionId)
        guard let evse = self.record.evse(of: id) else {
            self.record.markEnded(id)
            return self.reply(call, V16.StopTransactionResponse())
        }
        var facts = self.samples(
            request.transactionData.map(\.sample), evse: evse, transaction: id)
        var stop = MeterSample(at: request.timestamp.instant, transaction: id)
        stop.importRegister = Energy(wattHours: request.meterStop)
        facts.append(.meter(evse: evse, stop))
        let end = self.ended(evse, at: now)
        return end.outputs
            + self.hold(call, V16.StopTransactionResponse(), until: facts + end.facts)
            + self.tellCapabilities()
    }
}
