import ArgumentParser
import Foundation
import Runtime

/// What a newcomer or an operator gets wrong, each in one line with what to do.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look for what would keep a process from running well; exits 1 when something would.",
        discussion: """
            Example: headroom doctor aggregator aggregator.yaml

            Without arguments only the machine, and the database of HEADROOM_DATABASE where it is set. Run it as the \
            user, in the folder and with the limits that the process has. It makes and changes nothing.
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case aggregator
        case worker
        case utility
    }

    @Argument(help: "aggregator, worker or utility.") var kind: Kind?
    @Argument(help: "Its configuration.") var file: String?
    @Option(help: "sqlite:PATH or postgresql://…; else as the aggregator finds it.") var database: String?
    @Flag(help: "One JSON object.") var json = false

    func validate() throws {
        if self.kind != nil, self.file == nil { throw ValidationError("add the configuration's file") }
    }

    private struct Report: Encodable {
        var sound: Bool
        var checks: [Check]
    }

    func run() async throws {
        var checks = MachineChecks.all()
        var place = Place()
        if let kind, let file {
            do {
                place = try Place(kind, file)
                checks.append(.ok("configuration", "\(file) is sound"))
            } catch {
                checks.append(.failure("configuration", "\(error)"))
            }
        }
        if self.kind == .worker { checks.append(MachineChecks.priority()) }
        checks += MachineChecks.descriptors(wanted: place.descriptors)
        checks += FileChecks.all(place)
        checks += await FileChecks.ports(place.listeners)
        let url = self.database ?? ProcessInfo.processInfo.environment["HEADROOM_DATABASE"] ?? place.database
        if let url { checks += await DatabaseChecks.all(url, folder: place.data) }
        let isSound = checks.allSatisfy { $0.level != .failure }
        if self.json {
            try printJSON(Report(sound: isSound, checks: checks))
        } else {
            for check in checks { print(check) }
        }
        if !isSound { throw ExitCode(1) }
    }
}

/// One finding.
struct Check: Encodable, CustomStringConvertible {
    enum Level: String, Encodable {
        case ok
        /// It runs, and may disappoint.
        case warning
        case failure
    }
    var what: String
    var level: Level
    /// What is so; where it is not well also what to do.
    var words: String

    static func ok(_ what: String, _ words: String) -> Check { .init(what: what, level: .ok, words: words) }
    static func warning(_ what: String, _ words: String) -> Check { .init(what: what, level: .warning, words: words) }
    static func failure(_ what: String, _ words: String) -> Check { .init(what: what, level: .failure, words: words) }

    var description: String {
        let sign =
            switch self.level {
            case .ok: "ok     "
            case .warning: "warning"
            case .failure: "FAILED "
            }
        return "\(sign)  \(self.what): \(self.words)"
    }
}
