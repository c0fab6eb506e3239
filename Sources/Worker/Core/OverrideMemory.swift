import Dispatch
import Domain
import Foundation
import Logging
import Runtime
import Storage
import Synchronization

/// Decisions of others, over restarts: those in force by station, and notes that no aggregator has taken yet. One file,
/// replaced as a whole; what waits for the disk goes in one.
final class OverrideMemory: Sendable {
    private struct Kept: Codable {
        var stations: [String: [Line]] = [:]
        var notes: [OverrideNote] = []
        var last: UInt64 = 0
    }
    /// One decision in force.
    private struct Line: Codable, Equatable {
        var limit: String?
        var evse: Int?
        var charge: Int?
        var discharge: Int?
        var alarm: String?
        var priority: String?
    }
    private struct State {
        var kept: Kept
        var isScheduled = false
        /// Stations that wait for an answer until what they told is on the disk.
        var acknowledges: [Acknowledge] = []
    }

    private let path: String
    private let logger: Logger
    private let queue = DispatchQueue(label: "headroom.overrides")
    private let state: Mutex<State>
    private let hand: Mutex<@Sendable ([OverrideNote]) -> Void> = Mutex({ _ in })

    /// - Throws: `failed` where the file is there and cannot be read: what it holds must not be forgotten silently.
    init(path: String, logger: Logger) throws {
        self.path = path
        self.logger = logger
        var kept = Kept()
        if FileManager.default.fileExists(atPath: path) {
            do {
                kept = try JSONDecoder().decode(Kept.self, from: try Data(contentsOf: URL(filePath: path)))
            } catch {
                throw RuntimeError(
                    .failed,
                    "cannot read \(path): move it away; limits and priorities count again once stations tell them")
            }
        }
        self.state = Mutex(State(kept: kept))
    }

    /// What is in force, as facts by station.
    var inForce: [StationID: [StationFact]] {
        let stations = self.state.withLock { $0.kept.stations }
        return Dictionary(
            stations.map { (StationID($0.key), $0.value.compactMap(Self.fact)) }, uniquingKeysWith: { $1 })
    }

    /// Who takes notes once they are on disk: always all that wait, so that none is passed over.
    func onDurable(_ hand: @escaping @Sendable ([OverrideNote]) -> Void) {
        self.hand.withLock { $0 = hand }
        self.handOver()
    }

    /// Hands over again what nobody has taken yet.
    func handOver() {
        let notes = self.state.withLock { $0.kept.notes }
        if !notes.isEmpty { self.hand.withLock { $0 }(notes) }
    }

    /// Keeps what is in force at a station, and notes in their order; `acknowledge` is called when they are on disk.
    func keep(
        _ facts: [StationFact], of station: StationID, notes: [OverrideNote], then acknowledge: Acknowledge? = nil
    ) {
        let lines = facts.compactMap(Self.line)
        let (isNew, dropped) = self.state.withLock { state -> (Bool, Int) in
            if let acknowledge { state.acknowledges.append(acknowledge) }
            guard !notes.isEmpty || state.kept.stations[station.rawValue] ?? [] != lines else { return (false, 0) }
            state.kept.stations[station.rawValue] = lines.isEmpty ? nil : lines
            for var note in notes {
                state.kept.last = max(state.kept.last + 1, UInt64(max(0, note.at.microseconds)))
                note.sequence = state.kept.last
                state.kept.notes.append(note)
            }
            let over = max(0, state.kept.notes.count - OverrideNote.most)
            state.kept.notes.removeFirst(over)
            return (true, over)
        }
        if dropped > 0 {
            self.logger.error(
                "more decisions of others than are kept: the oldest are gone", metadata: ["count": "\(dropped)"])
        }
        if isNew || acknowledge != nil { self.schedule(isNew: isNew) }
    }

    /// Notes up to here are safe upstream.
    func drop(upTo sequence: UInt64) {
        let isLess = self.state.withLock { state in
            let count = state.kept.notes.count
            state.kept.notes.removeAll { $0.sequence <= sequence }
            return state.kept.notes.count < count
        }
        if isLess { self.schedule(isNew: true) }
    }

    /// What is no news waits for what is under way, and no longer.
    private func schedule(isNew: Bool) {
        let isFirst = self.state.withLock { state in
            defer { state.isScheduled = state.isScheduled || isNew }
            return !state.isScheduled
        }
        guard isFirst else { return }
        self.queue.async { if isNew { self.write() } else { self.acknowledge() } }
    }

    private func acknowledge() {
        let all = self.state.withLock { state in
            defer { state.acknowledges = [] }
            return state.acknowledges
        }
        for acknowledge in all { acknowledge() }
    }

    private func write() {
        let (kept, acknowledges) = self.state.withLock { state in
            defer { state.acknowledges = [] }
            state.isScheduled = false
            return (state.kept, state.acknowledges)
        }
        do {
            try DiskFolder.replace(self.path, with: Array(try JSONEncoder().encode(kept)))
            for acknowledge in acknowledges { acknowledge() }
            if !kept.notes.isEmpty { self.hand.withLock { $0 }(kept.notes) }
        } catch {
            // Not acknowledged, and said all the same: the disk may come back before this process ends.
            self.logger.error("decisions of others could not be kept", metadata: ["error": "\(error)"])
            self.handOver()
        }
    }

    private static func line(_ fact: StationFact) -> Line? {
        switch fact {
        case .limited(let evse, let source, let charge, let discharge):
            Line(limit: source, evse: evse, charge: charge?.watts, discharge: discharge?.watts)
        case .gridAlarm(let control, _, _): Line(alarm: control)
        case .priority(let transaction, _): Line(priority: transaction)
        default: nil
        }
    }

    private static func fact(_ line: Line) -> StationFact? {
        if let source = line.limit {
            return .limited(
                evse: line.evse ?? 0, source: source, charge: line.charge.map { Power(watts: $0) },
                discharge: line.discharge.map { Power(watts: $0) })
        }
        if let alarm = line.alarm { return .gridAlarm(control: alarm, fault: nil, isOver: false) }
        return line.priority.map { .priority(transaction: $0, isActive: true) }
    }

    /// Waits for what is being written.
    func close() { self.queue.sync {} }
}
