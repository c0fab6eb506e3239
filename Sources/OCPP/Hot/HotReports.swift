/// What the frequent messages say, in the terms of all versions; what nobody asks for is not kept. The hot reader
/// makes them straight from bytes, the tree's messages turn into the same.
package enum HotMessage: Hashable, Sendable {
    case heartbeat
    case meterValues(MeterReport)
    case transactionEvent(TransactionReport)
    case startTransaction(V16.StartTransactionRequest)
    case stopTransaction(StopReport)
    case statusNotification(StatusReport)
}

/// MeterValues.
package struct MeterReport: Hashable, Sendable {
    /// EVSE, or connector of 1.6.
    package var evse: Int
    /// 1.6 only.
    package var transactionId: Int?
    package var samples: [MeterSnapshot]
}

/// TransactionEvent of 2.x.
package struct TransactionReport: Hashable, Sendable {
    package enum ChargingState: String, Hashable, Sendable, CaseIterable {
        case evConnected = "EVConnected"
        case charging = "Charging"
        case suspendedEV = "SuspendedEV"
        case suspendedEVSE = "SuspendedEVSE"
        case idle = "Idle"
    }

    package var eventType: V2.TransactionEventKind
    package var timestamp: DateTime
    package var seqNo: Int
    /// It happened while the station was offline.
    package var offline: Bool
    package var transactionId: String
    package var chargingState: ChargingState?
    package var evse: Int?
    package var idToken: String?
    package var samples: [MeterSnapshot]
}

/// StopTransaction of 1.6.
package struct StopReport: Hashable, Sendable {
    package var transactionId: Int
    /// Wh.
    package var meterStop: Int
    package var timestamp: DateTime
    package var samples: [MeterSnapshot]
}

/// StatusNotification; the words as they came.
package struct StatusReport: Hashable, Sendable {
    /// EVSE, or connector of 1.6.
    package var evse: Int
    package var status: String
    /// 1.6 only.
    package var errorCode: String?
}

extension HotMessage {
    /// The same from the tree.
    /// - Returns: nil for actions that are not frequent.
    /// - Throws: the complaint that the station gets.
    package init?(action: String, _ json: JSONValue, version: OCPPVersion) throws(OCPPError) {
        switch (action, version) {
        case ("Heartbeat", _): self = .heartbeat
        case ("MeterValues", .v16):
            let request = try V16.MeterValuesRequest(json)
            self = .meterValues(
                MeterReport(
                    evse: request.connectorId, transactionId: request.transactionId,
                    samples: request.meterValue.map(\.sample)))
        case ("MeterValues", _):
            let request = try V2.MeterValuesRequest(json)
            self = .meterValues(MeterReport(evse: request.evseId, samples: request.meterValue.map(\.sample)))
        case ("StatusNotification", .v16):
            let request = try V16.StatusNotificationRequest(json)
            self = .statusNotification(
                StatusReport(evse: request.connectorId, status: request.status, errorCode: request.errorCode))
        case ("StatusNotification", _):
            let request = try V2.StatusNotificationRequest(json)
            self = .statusNotification(StatusReport(evse: request.evseId, status: request.connectorStatus))
        case ("StartTransaction", .v16): self = .startTransaction(try V16.StartTransactionRequest(json))
        case ("StopTransaction", .v16):
            let request = try V16.StopTransactionRequest(json)
            self = .stopTransaction(
                StopReport(
                    transactionId: request.transactionId, meterStop: request.meterStop, timestamp: request.timestamp,
                    samples: request.transactionData.map(\.sample)))
        case ("TransactionEvent", .v201), ("TransactionEvent", .v21):
            self = .transactionEvent(TransactionReport(try V2.TransactionEventRequest(json)))
        default: return nil
        }
    }
}

extension TransactionReport {
    init(_ request: V2.TransactionEventRequest) {
        self.init(
            eventType: request.eventType, timestamp: request.timestamp, seqNo: request.seqNo,
            offline: request.offline ?? false, transactionId: request.transactionId,
            chargingState: request.chargingState.flatMap { ChargingState(rawValue: $0) }, evse: request.evse?.id,
            idToken: request.idToken?.idToken, samples: request.meterValue.map(\.sample))
    }
}
