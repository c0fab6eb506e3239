import Dispatch
import Domain
import Foundation
import Synchronization

/// What was found out of stations and what they proved, a line of JSON for each finding, the last of a station counts.
/// Rewritten at start.
final class CapabilityStore: Sendable {
    private struct Line: Codable {
        var station: String
        var memory: StationMemory?
        var proof: CommissioningRecord?
    }

    private struct Known: Hashable {
        var memory: StationMemory?
        var proof: CommissioningRecord?
    }

    /// Stations that are remembered; beyond it new ones are found out again after a restart.
    static let mostStations = 100_000

    private let path: String
    private let queue = DispatchQueue(label: "headroom.capabilities")
    private let state: Mutex<[StationID: Known]>

    init(path: String) throws {
        self.path = path
        var known: [StationID: Known] = [:]
        for line in ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n") {
            // A line that was cut short by a crash is found out again.
            guard let read = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else { continue }
            if let memory = read.memory { known[StationID(read.station), default: Known()].memory = memory }
            if let proof = read.proof { known[StationID(read.station), default: Known()].proof = proof }
        }
        self.state = Mutex(known)
        var text = Data()
        for (station, found) in known { text += try Self.line(station, found) }
        try text.write(to: URL(filePath: path), options: .atomic)
    }

    func recall(_ station: StationID) -> StationMemory? { self.state.withLock { $0[station]?.memory } }

    func remember(_ station: StationID, _ memory: StationMemory) {
        self.keep(station) { $0.memory = memory }
    }

    /// What every station proved.
    var proofs: [StationID: CommissioningRecord] { self.state.withLock { $0.compactMapValues(\.proof) } }

    func remember(_ station: StationID, _ proof: CommissioningRecord) {
        self.keep(station) { $0.proof = proof }
    }

    private func keep(_ station: StationID, _ change: (inout Known) -> Void) {
        let found = self.state.withLock { state -> Known? in
            var found = state[station] ?? Known()
            change(&found)
            guard state[station] != found, state[station] != nil || state.count < Self.mostStations else { return nil }
            state[station] = found
            return found
        }
        guard let found else { return }
        self.queue.async {
            guard let line = try? Self.line(station, found), let file = FileHandle(forWritingAtPath: self.path)
            else { return }
            _ = try? file.seekToEnd()
            try? file.write(contentsOf: line)
            try? file.close()
        }
    }

    private static func line(_ station: StationID, _ found: Known) throws -> Data {
        try JSONEncoder().encode(Line(station: station.rawValue, memory: found.memory, proof: found.proof))
            + Data("\n".utf8)
    }

    /// Waits for what is being written.
    func close() { self.queue.sync {} }
}
