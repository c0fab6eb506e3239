import Dispatch
import Domain
import Foundation
import Synchronization

/// What was found out of stations, a line of JSON for each finding, the last of a station counts. Rewritten at start.
final class CapabilityStore: Sendable {
    private struct Line: Codable {
        var station: String
        var memory: StationMemory
    }

    /// Stations that are remembered; beyond it new ones are found out again after a restart.
    static let mostStations = 100_000

    private let path: String
    private let queue = DispatchQueue(label: "headroom.capabilities")
    private let state: Mutex<[StationID: StationMemory]>

    init(path: String) throws {
        self.path = path
        var known: [StationID: StationMemory] = [:]
        for line in ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n") {
            // A line that was cut short by a crash is found out again.
            guard let read = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else { continue }
            known[StationID(read.station)] = read.memory
        }
        self.state = Mutex(known)
        var text = Data()
        for (station, memory) in known { text += try Self.line(station, memory) }
        try text.write(to: URL(filePath: path), options: .atomic)
    }

    func recall(_ station: StationID) -> StationMemory? { self.state.withLock { $0[station] } }

    func remember(_ station: StationID, _ memory: StationMemory) {
        let isNew = self.state.withLock { state in
            guard state[station] != memory, state[station] != nil || state.count < Self.mostStations else {
                return false
            }
            state[station] = memory
            return true
        }
        guard isNew else { return }
        self.queue.async {
            guard let line = try? Self.line(station, memory), let file = FileHandle(forWritingAtPath: self.path)
            else { return }
            _ = try? file.seekToEnd()
            try? file.write(contentsOf: line)
            try? file.close()
        }
    }

    private static func line(_ station: StationID, _ memory: StationMemory) throws -> Data {
        try JSONEncoder().encode(Line(station: station.rawValue, memory: memory)) + Data("\n".utf8)
    }

    /// Waits for what is being written.
    func close() { self.queue.sync {} }
}
