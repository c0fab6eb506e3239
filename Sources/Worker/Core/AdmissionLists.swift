import Domain
import Logging

/// Who may charge and which stations may work, as a depot lists them; both files are watched. Without a list every
/// token may charge and every known station is accepted.
struct AdmissionLists: Sendable {
    private let tokens: WatchedTable<TokenVerdict>?
    private let boots: WatchedTable<BootVerdict>?

    /// - Parameters:
    ///   - tokens: CSV `token,status,group`; `*` stands for all that are not listed, who are else accepted.
    ///   - boots: CSV `station_id,status`; `*` likewise.
    /// - Throws: one line that names file, line and rule.
    init(tokens: String?, boots: String?) throws(OCPPServerError) {
        self.tokens = try tokens.map { file throws(OCPPServerError) in
            try WatchedTable(
                file: file, header: "token,status,group",
                rule: "a token has the status Accepted, Blocked, Expired, Invalid or Unknown, and a group or none"
            ) { cells in
                guard cells.count == 2, let status = TokenVerdict.Status(rawValue: cells[0]), cells[1].utf8.count <= 20
                else { return nil }
                return TokenVerdict(status, group: cells[1].isEmpty ? nil : cells[1])
            }
        }
        self.boots = try boots.map { file throws(OCPPServerError) in
            try WatchedTable(
                file: file, header: "station_id,status",
                rule: "a station has the status Accepted, Pending or Rejected"
            ) { cells in cells.count == 1 ? BootVerdict(rawValue: cells[0]) : nil }
        }
    }

    func verdict(of token: TokenID) -> TokenVerdict { self.tokens?[token.rawValue] ?? .accepted }

    func boot(of station: StationID) -> BootVerdict { self.boots?[station.rawValue] ?? .accepted }

    /// Reads files: not on an event loop.
    func reload(_ logger: Logger) {
        self.tokens?.reload(logger)
        self.boots?.reload(logger)
    }
}
