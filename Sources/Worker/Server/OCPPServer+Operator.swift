package import Domain
import NIOCore
import OCPP
import Runtime

/// What an operator asks of the server while it runs. Any thread; each question is answered once.
extension OCPPServer {
    /// Says a message of ours to a station, behind its other calls, and gives its answer.
    package func say(
        _ action: String, _ payload: [UInt8], to station: StationID, overrulesDispatch: Bool = false
    ) async -> OperatorAnswer {
        guard overrulesDispatch || !StationLink.ofDispatch.contains(action) else {
            return OperatorAnswer(
                .refused,
                reason: "\(action) is dispatch's own: say it with --overrule-dispatch, and take it back yourself")
        }
        guard let seat = self.seat(of: station) else {
            return OperatorAnswer(.disconnected, reason: "\(station) is not connected: headroom station lists who is")
        }
        return await withCheckedContinuation { waiting in
            seat.eventLoop.execute {
                let handler = seat.handler.value
                handler.say(action, payload) { waiting.resume(returning: $0) }
                handler.flush()
            }
        }
    }

    /// Who is connected, by name; one of them where `station` is given.
    package func summaries(of station: StationID?) async -> [StationSummary] {
        var found: [StationSummary] = []
        for seat in self.seats(of: station) {
            let summary = try? await seat.eventLoop.submit { seat.handler.value.summary }.get()
            if let summary = summary ?? nil { found.append(summary) }
        }
        return found.sorted { $0.station.rawValue < $1.station.rawValue }
    }
}

extension OperatorAnswer {
    /// What became of a call that was said for an operator.
    init(_ outcome: CallOutcome) {
        switch outcome {
        case .accepted: self.init(.answered, payload: #"{"status":"Accepted"}"#)
        case .result(let json): self.init(.answered, payload: String(decoding: json.text, as: UTF8.self))
        case .error(let code, let description): self.init(.error, code: code, reason: description)
        case .timedOut: self.init(.timedOut, reason: "no answer in time: look whether the station still dispatches")
        case .disconnected: self.init(.disconnected, reason: "the connection broke before the answer")
        }
    }
}
