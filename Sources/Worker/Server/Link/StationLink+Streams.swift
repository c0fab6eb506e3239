import OCPP

/// Which variable each monitor of a station watches, and which monitor each stream carries (2.1 N11 to N15).
struct EventStreams: Sendable {
    /// Monitors and streams that are remembered; more are accepted and not understood.
    static let most = 64

    struct Watched: Sendable {
        var component: V2.Component
        var variable: V2.Variable
    }
    private var monitors: [Int: Watched] = [:]
    private var streams: [Int: Int] = [:]

    mutating func learn(monitor id: Int, _ component: V2.Component, _ variable: V2.Variable) {
        guard self.monitors[id] != nil || self.monitors.count < Self.most else { return }
        self.monitors[id] = Watched(component: component, variable: variable)
    }

    mutating func open(_ stream: Int, monitor: Int) {
        guard self.streams[stream] != nil || self.streams.count < Self.most else { return }
        self.streams[stream] = monitor
    }

    mutating func close(_ stream: Int) { self.streams[stream] = nil }

    /// What a stream's values are values of; nil where its monitor was never told of.
    func watched(by stream: Int) -> Watched? { self.streams[stream].flatMap { self.monitors[$0] } }
}

extension StationLink {
    /// What a message of the station says of its monitors and streams; its shape was checked before.
    mutating func learnStreams(_ call: Call) throws(OCPPError) {
        switch call.action {
        case "NotifyMonitoringReport":
            for data in try V2.NotifyMonitoringReportRequest(call.payload).monitor ?? [] {
                for monitor in data.variableMonitoring {
                    self.record.streams.learn(monitor: monitor.id, data.component, data.variable)
                }
            }
        case "OpenPeriodicEventStream":
            let stream = try V2.OpenPeriodicEventStreamRequest(call.payload).constantStreamData
            self.record.streams.open(stream.id, monitor: stream.variableMonitoringId)
        case "ClosePeriodicEventStream":
            self.record.streams.close(try V2.ClosePeriodicEventStreamRequest(call.payload).id)
        default: break
        }
    }

    /// Monitors that an operator set.
    mutating func learnMonitors(_ action: String, _ outcome: CallOutcome) {
        guard action == V2.SetVariableMonitoringRequest.action, case .result(let json) = outcome,
            let answer = try? V2.SetVariableMonitoringResponse(json)
        else { return }
        for result in answer.setMonitoringResult where result.status == "Accepted" {
            if let id = result.id { self.record.streams.learn(monitor: id, result.component, result.variable) }
        }
    }

    /// The newest value of a stream moves what is known of its variable, as an event would.
    mutating func take(_ message: V2.NotifyPeriodicEventStreamRequest) -> [LinkOutput] {
        guard let watched = self.record.streams.watched(by: message.id),
            let newest = message.data.max(by: { $0.t < $1.t })
        else { return [] }
        self.record.model.take(
            event: watched.component, watched.variable, value: newest.v)
        return self.learned()
    }
}
