import Domain
import Metrics

/// The server's metrics; handles are made once.
struct ServerMeters: Sendable {
    let connections = Gauge(label: "headroom_ocpp_connections")
    let received = Counter(label: "headroom_ocpp_messages_received")
    let sent = Counter(label: "headroom_ocpp_messages_sent")
    let duplicates = Counter(label: "headroom_ocpp_duplicate_connections")
    let latency = Timer(label: "headroom_ocpp_order_latency_seconds")

    func refused(_ reason: String) {
        Counter(label: "headroom_ocpp_handshakes_refused", dimensions: [("reason", reason)])
            .increment()
    }

    func closed(_ code: UInt16) {
        Counter(label: "headroom_ocpp_breaches", dimensions: [("code", String(code))]).increment()
    }

    func counted(_ what: String) {
        Counter(label: "headroom_ocpp_events", dimensions: [("kind", what)]).increment()
    }

    func answered(_ answer: OrderAnswer) {
        let outcome =
            switch answer.outcome {
            case .accepted: "accepted"
            case .rejected: "rejected"
            case .failed: "failed"
            case .timedOut: "timed_out"
            case .superseded: "superseded"
            case .notConnected: "not_connected"
            case .notSupported: "not_supported"
            }
        if answer.outcome == .accepted {
            self.latency.recordMicroseconds(answer.latency.microseconds)
            self.accepted.increment()
        } else {
            Counter(label: "headroom_ocpp_orders", dimensions: [("outcome", outcome)]).increment()
        }
    }

    private let accepted = Counter(
        label: "headroom_ocpp_orders", dimensions: [("outcome", "accepted")])
}
