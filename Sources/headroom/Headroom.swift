import ArgumentParser
import Foundation
import Glibc

/// The one command. Exits 0, 1 (it failed) or 2 (bad usage); errors are one line that names what to do.
@main
struct Headroom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headroom",
        abstract: "A V2G virtual power plant: parked cars, dispatched, metered and settled.",
        discussion: "Example: headroom demo --minutes 8",
        subcommands: [
            DemoCommand.self, AggregatorCommand.self, WorkerCommand.self, UtilityCommand.self, StationsCommand.self,
            TwinCommand.self, ReplayCommand.self, LedgerCommand.self, ReportCommand.self, MigrateCommand.self,
            EnrolCommand.self, UserCommand.self, KeysCommand.self, CheckConfigCommand.self, DoctorCommand.self,
            BackupCommand.self, RestoreCommand.self, SettleCommand.self, QualifyCommand.self, AuditCommand.self,
            BidsCommand.self, ExplainCommand.self, PeersCommand.self, ProofCommand.self, StationSayCommand.self,
            SiteMetersCommand.self, BaselineCommand.self, TwinWorkerCommand.self,
        ])

    static func main() async {
        do {
            var command = try self.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            self.leave(after: error)
        }
    }

    /// Help goes to standard output and is no failure; bad usage is 2; anything else is 1.
    private static func leave(after error: any Error) -> Never {
        // Whoever throws a bare exit code has said already what there is to say.
        if let code = error as? ExitCode { Glibc.exit(code.rawValue) }
        let code = self.exitCode(for: error)
        if code == .success {
            print(self.fullMessage(for: error))
            Glibc.exit(0)
        }
        let usage = code == .validationFailure
        let message = usage ? self.fullMessage(for: error) : "headroom: \(error)"
        FileHandle.standardError.write(Data((message + "\n").utf8))
        Glibc.exit(usage ? 2 : 1)
    }
}
