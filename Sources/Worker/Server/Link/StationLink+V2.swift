import Domain
import OCPP

/// What 2.0.1 and 2.1 stations say.
extension StationLink {
    mutating func handle2(_ call: Call, at now: Instant) throws(OCPPError) -> [LinkOutput] {
        let json = call.payload
        switch call.action {
        case "BootNotification":
            let request = try V2.BootNotificationRequest(json)
            let lost = self.booted(
                StationRecord.Boot(
                    vendor: request.chargingStation.vendorName, model: request.chargingStation.model,
                    firmware: request.chargingStation.firmwareVersion), at: now)
            let fact = StationFact.booted(
                vendor: request.chargingStation.vendorName, model: request.chargingStation.model,
                serial: request.chargingStation.serialNumber,
                firmware: request.chargingStation.firmwareVersion)
            return lost + self.answerBoot(call, fact, at: now)
        case "Authorize":
            let request = try V2.AuthorizeRequest(json)
            let verdict = self.policy.verdict(TokenID(request.idToken.idToken), self.station)
            if request.certificate != nil || request.iso15118CertificateHashData != nil,
                self.policy.certificates != nil, verdict.status == .accepted
            {
                return self.ask(
                    .authorize(request), call, otherwise: V2.AuthorizeResponse(status: "Unknown"))
            }
            var answer = V2.AuthorizeResponse(status: "")
            answer.idTokenInfo = V2.IdTokenInfo(verdict)
            return self.reply(call, answer)
        case "NotifyEVChargingNeeds":
            return self.needs(call, try V2.NotifyEVChargingNeedsRequest(json))
        case "NotifyReport":
            let request = try V2.NotifyReportRequest(json)
            for data in request.reportData { self.record.model.take(data) }
            if request.tbc != true { self.readiness.reported(at: now) }
            return self.reply(call, EmptyPayload()) + self.learned()
        default:
            return try self.handleRare2(call, at: now)
        }
    }

    private mutating func handleRare2(_ call: Call, at now: Instant) throws(OCPPError) -> [LinkOutput] {
        let json = call.payload
        switch call.action {
        case "PullDynamicScheduleUpdate" where self.version == .v21:
            let request = try V2.PullDynamicScheduleUpdateRequest(json)
            let setpoint = self.dispatchers.values.lazy
                .compactMap { $0.pulled(profile: request.chargingProfileId) }.first
            return self.reply(call, V2.PullDynamicScheduleUpdateResponse(setpoint: setpoint))
        case "NotifyEvent":
            let request = try V2.NotifyEventRequest(json)
            for event in request.eventData {
                self.record.model.take(event: event.component, event.variable, value: event.actualValue)
            }
            return self.reply(call, EmptyPayload()) + self.learned()
        case "NotifyChargingLimit", "ClearedChargingLimit", "NotifyDERAlarm", "NotifyPriorityCharging":
            return try self.handleKnown(call, at: now, until: try self.override(call).map { [$0] } ?? [])
        case "NotifyMonitoringReport", "OpenPeriodicEventStream", "ClosePeriodicEventStream":
            let answer = try self.handleKnown(call, at: now)
            try self.learnStreams(call)
            return answer
        default:
            return try self.handleKnown(call, at: now)
        }
    }

    mutating func transactionEvent(
        _ call: Call, _ report: TransactionReport, at now: Instant
    ) -> [LinkOutput] {
        let id = report.transactionId
        let evse = report.evse ?? self.record.evse(of: id) ?? 1
        let token = report.idToken.map { TokenID($0) }
        let verdict = token.map { self.policy.verdict($0, self.station) }
        let isRefused = verdict.map { $0.status != .accepted } ?? false
        var answer = V2.TransactionEventResponse(status: nil)
        answer.idTokenInfo = verdict.map { V2.IdTokenInfo($0) }
        var facts: [StationFact] = []
        var outputs: [LinkOutput] = []
        if !isRefused, report.eventType != .ended {
            facts += self.began(evse, id, token: token)
        }
        facts += self.samples(report.samples, evse: evse, transaction: id)
        if report.eventType == .ended {
            if self.record.transactions[evse]?.id == id {
                let end = self.ended(evse, at: now)
                facts += end.facts
                outputs = end.outputs
            } else {
                self.record.markEnded(id)
            }
        }
        outputs += facts.isEmpty ? self.reply(call, answer) : self.hold(call, answer, until: facts)
        // A report of a transaction that runs changes nothing in what the charging point can do.
        let isNews = report.eventType == .ended || self.capabilities.count < self.dispatchers.count
        return isNews ? outputs + self.tellCapabilities() : outputs
    }

    private mutating func needs(
        _ call: Call, _ request: V2.NotifyEVChargingNeedsRequest
    ) -> [LinkOutput] {
        guard self.meet(request.evseId) else {
            return self.reply(call, V2.StatusAnswer("Rejected"))
        }
        let needs = ChargingNeeds(request)
        self.record.needs[request.evseId] = needs
        self.relearn()
        // Accepted promises a profile at once, Processing one that comes when there is something to say.
        let follows = self.dispatchers[request.evseId]?.needsCame() ?? false
        let answer = V2.StatusAnswer(follows ? "Accepted" : "Processing")
        return self.reply(call, answer, telling: [.needs(evse: request.evseId, needs)])
            + self.tellCapabilities()
    }

    /// A connector without a car ends a transaction whose end was lost.
    mutating func status(_ call: Call, _ report: StatusReport, at now: Instant) -> [LinkOutput] {
        let evse = report.evse
        guard self.meet(evse) else { return self.reply(call, EmptyPayload()) }
        let known: EVSEStatus =
            switch report.status {
            case "Available": .available
            case "Reserved": .reserved
            case "Unavailable": .unavailable
            case "Faulted": .faulted(report.errorCode ?? report.status)
            default: .occupied
            }
        var facts: [StationFact] = [.status(evse: evse, known)]
        var outputs: [LinkOutput] = []
        if known == .available {
            let end = self.ended(evse, at: now)
            facts = end.facts + facts
            outputs = end.outputs
        }
        return outputs + self.reply(call, EmptyPayload(), telling: facts) + self.tellCapabilities()
    }
}

extension ChargingNeeds {
    init(_ request: V2.NotifyEVChargingNeedsRequest) {
        self.init(
            wantsBidirectional: request.isBidirectional, isDynamicControl: request.isDynamicControl)
        let needs = request.chargingNeeds
        self.departure = needs.departureTime?.instant
        func energy(_ value: Milli?) -> Energy? { value.map { Energy(wattHours: $0.rounded) } }
        func power(_ value: Milli?) -> Power? { value.map { Power(watts: $0.rounded) } }
        func percent(_ value: Int?) -> StateOfCharge? {
            value.flatMap { (0...100).contains($0) ? StateOfCharge(basisPoints: $0 * 100) : nil }
        }
        if let v2x = needs.v2xChargingParameters {
            self.energyToTarget = energy(v2x.evTargetEnergyRequest)
            self.energyToMinimum = energy(v2x.evMinEnergyRequest)
            self.energyToMaximum = energy(v2x.evMaxEnergyRequest)
            self.energyToV2XMinimum = energy(v2x.evMinV2XEnergyRequest)
            self.energyToV2XMaximum = energy(v2x.evMaxV2XEnergyRequest)
            self.targetStateOfCharge = percent(v2x.targetSoC)
            self.maxCharge = power(v2x.chargePower)
            self.maxDischarge = power(v2x.dischargePower)
            self.minCharge = power(v2x.minChargePower)
            self.minDischarge = power(v2x.leastDischargePower)
        }
        if let dc = needs.dcChargingParameters {
            self.energyToTarget = self.energyToTarget ?? energy(dc.energyAmount)
            self.capacity = energy(dc.evEnergyCapacity)
            self.stateOfCharge = percent(dc.stateOfCharge)
            self.targetStateOfCharge = self.targetStateOfCharge ?? percent(dc.bulkSoC)
            self.maxCharge = self.maxCharge ?? power(dc.evMaxPower)
        }
        if let ac = needs.acChargingParameters {
            self.energyToTarget = self.energyToTarget ?? energy(ac.energyAmount)
        }
    }
}
