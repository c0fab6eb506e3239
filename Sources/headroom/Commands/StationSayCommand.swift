import ArgumentParser
import Domain
import Foundation
import Runtime
import Worker

/// What an operator sees of the stations of a running worker, and says to them.
struct StationSayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "station",
        abstract: "List the stations of a running worker, or say a message of OCPP to one of them.",
        discussion: """
            Examples:
              headroom station --config worker.yaml
              headroom station --config worker.yaml DEPOT-7
              headroom station --config worker.yaml DEPOT-7 Reset '{"type":"OnIdle"}'
              headroom station --config worker.yaml DEPOT-7 GetLog @get-log.json

            Runs on the worker's machine as the worker's user. The payload is checked as the schema of the station's \
            version wants it; dispatch overtakes it. The answer goes to standard output. Exit 0: the station \
            answered, whatever it decided; 1: it answered with an error or not at all, or nothing was said.
            """)

    @Option(help: "Configuration of the worker (YAML).") var config: String
    @Argument(help: "The station; none = all that are connected.") var station: String?
    @Argument(help: "The action; none = tell what is known of the station.") var action: String?
    @Argument(help: "Its payload: JSON, or @FILE; none = {}.") var payload: String?
    @Flag(help: "Say also what dispatch decides over (charging profiles, set-points, DER controls).")
    var overruleDispatch = false

    func run() async throws {
        let configuration = try StrictYAML.load(WorkerConfiguration.self, from: self.config)
        let request = OperatorRequest(
            station: self.station.map { StationID($0) }, action: self.action,
            payload: try self.payload.map { $0.hasPrefix("@") ? try fileText(String($0.dropFirst())) : $0 },
            overrulesDispatch: self.overruleDispatch)
        let answer = try await OperatorClient.ask(request, socket: OperatorClient.socket(of: configuration))
        switch answer.outcome {
        case .told: try printJSON(answer.stations ?? [])
        case .answered: print(answer.payload ?? "{}")
        case .error, .timedOut, .disconnected, .refused:
            let words = [answer.code, answer.reason].compactMap(\.self).joined(separator: ": ")
            FileHandle.standardError.write(Data("headroom: \(answer.outcome.rawValue): \(words)\n".utf8))
            throw ExitCode(1)
        }
    }
}
