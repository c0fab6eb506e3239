import Domain
import Logging
import Runtime

/// Carries out what an operator asks; every word that is said by hand is in the log.
struct OperatorDesk: Sendable {
    let server: OCPPServer
    let logger: Logger

    func answer(_ request: OperatorRequest) async -> OperatorAnswer {
        guard let action = request.action else {
            let stations = await self.server.summaries(of: request.station)
            if let station = request.station, stations.isEmpty {
                return OperatorAnswer(.disconnected, reason: "\(station) is not connected")
            }
            return OperatorAnswer(.told, stations: stations)
        }
        guard let station = request.station else {
            return OperatorAnswer(.refused, reason: "\(action) needs a station")
        }
        let payload = Array((request.payload ?? "{}").utf8)
        let answer = await self.server.say(
            action, payload, to: station, overrulesDispatch: request.overrulesDispatch ?? false)
        self.logger.notice(
            "an operator spoke to a station",
            metadata: [
                LogKey.station: "\(station)", "action": "\(action.prefix(64))", "outcome": "\(answer.outcome)",
                "reason": "\(answer.reason ?? "")",
            ])
        return answer
    }
}
