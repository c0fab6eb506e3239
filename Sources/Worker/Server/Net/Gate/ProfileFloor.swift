import Domain
import Foundation
import Synchronization

/// The highest security profile that each station has authenticated with. A lower one is refused from then on:
/// otherwise whoever has the password of profile 1 undoes what profile 2 or 3 protects.
final class ProfileFloor: Sendable {
    private struct State {
        var floors: [StationID: SecurityProfile] = [:]
        var unsaved: [StationID] = []
    }

    static let most = 100_000

    private let file: String?
    /// `AllowSecurityProfileDowngrade` of 2.1: from 3 to 2, never to 1.
    private let allows3To2: Bool
    private let state = Mutex(State())

    /// - Parameter file: lines `station_id,profile`, appended to; nil = remembered until the process ends. Whoever
    ///   wants a station back on a lower profile takes its lines out.
    /// - Throws: ``OCPPServerError`` naming the line that cannot be read.
    init(file: String?, allows3To2: Bool = false) throws(OCPPServerError) {
        self.file = file
        self.allows3To2 = allows3To2
        guard let file, let text = FileManager.default.contents(atPath: file) else { return }
        var floors: [StationID: SecurityProfile] = [:]
        for (index, line) in String(decoding: text, as: UTF8.self).split(separator: "\n").enumerated() {
            guard let comma = line.lastIndex(of: ","), let number = Int(line[line.index(after: comma)...]),
                let profile = SecurityProfile(rawValue: number)
            else {
                throw OCPPServerError(
                    .invalidConfiguration, "\(file):\(index + 1): write station_id,profile or take the line out")
            }
            let station = StationID(String(line[..<comma]))
            floors[station] = max(floors[station] ?? .basic, profile)
        }
        self.state.withLock { $0.floors = floors }
    }

    /// The profile that the station has to come with, when `profile` is too low; nil = it may come in, and its
    /// floor rises. Ask after it has authenticated.
    func refuses(_ station: StationID, on profile: SecurityProfile) -> SecurityProfile? {
        self.state.withLock { state in
            let floor = state.floors[station]
            if let floor, profile < floor {
                return self.allows3To2 && profile == .tlsBasic ? nil : floor
            }
            guard floor != profile, profile > .basic, floor != nil || state.floors.count < Self.most else { return nil }
            state.floors[station] = profile
            state.unsaved.append(station)
            return nil
        }
    }

    /// Appends what has risen to the file. Not on an event loop.
    /// - Returns: a line that names what to do when that failed; it is tried again at the next call.
    func save() -> String? {
        guard let file = self.file else { return nil }
        let lines = self.state.withLock { state in
            state.unsaved.compactMap { station in
                state.floors[station].map { "\(station.rawValue),\($0.rawValue)\n" }
            }
        }
        guard !lines.isEmpty else { return nil }
        if !FileManager.default.fileExists(atPath: file) {
            _ = FileManager.default.createFile(atPath: file, contents: nil)
        }
        do {
            guard let handle = FileHandle(forUpdatingAtPath: file) else { throw CocoaError(.fileWriteUnknown) }
            defer { try? handle.close() }
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(lines.joined().utf8))
            self.state.withLock { $0.unsaved.removeFirst(lines.count) }
            return nil
        } catch {
            return "cannot write \(file): make it writable, so that downgrades are refused after a restart too"
        }
    }
}
