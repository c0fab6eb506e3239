import Foundation
import TestSupport

/// Rules of the machine's packet filter for ports of a test, gone with the table that holds them. Needs root and nft.
struct Netfilter {
    /// Why packets cannot be dropped here, or nil.
    static let absence: String? = {
        guard geteuid() == 0 else { return "packets are dropped by root only" }
        guard Program.find("nft") != nil else { return "nft is missing: `ops/setup test` installs it" }
        let trial = "headroom_trial_\(getpid())"
        guard (try? Self.nft("add table inet \(trial); delete table inet \(trial)")) == true else {
            return "the kernel of this machine has no nf_tables"
        }
        return nil
    }()

    private let table: String

    /// Drops so many of 100 packets from and to TCP ports, of both directions; all = a partition that nobody is told of.
    init?(drop percent: Int, ports: [Int]) throws {
        guard Self.absence == nil else { return nil }
        let table = "headroom_\(getpid())_\(ports.first ?? 0)"
        self.table = table
        let set = "{ " + ports.map(String.init).joined(separator: ", ") + " }"
        let share = percent < 100 ? " numgen random mod 100 < \(percent)" : ""
        let rules = ["dport", "sport"].map { "add rule inet \(table) in tcp \($0) \(set)\(share) drop" }
        let lines =
            ["add table inet \(table)", "add chain inet \(table) in { type filter hook input priority 0; }"] + rules
        guard try Self.nft(lines.joined(separator: "; ")) else { return nil }
    }

    func remove() { _ = try? Self.nft("delete table inet \(self.table)") }

    private static func nft(_ words: String) throws -> Bool {
        try Program.run(Program.find("nft") ?? "nft", [words]).status == 0
    }
}
