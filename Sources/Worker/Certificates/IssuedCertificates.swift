import Domain
import Foundation
import Synchronization

/// Until when stations' certificates hold, those that were signed for them here and those that they came with; kept in a file so that the watch
/// outlives a restart.
final class IssuedCertificates: Sendable {
    private let file: String?
    private let leadSeconds: Int
    /// Seconds since 1970, and when the station was last told to renew.
    private let ends: Mutex<[String: (end: Int, told: Int)]>

    /// - Parameter leadDays: days before the end at which a station is told to renew, once a day.
    init(file: String?, leadDays: Int) {
        self.file = file
        self.leadSeconds = leadDays * 86_400
        var ends: [String: (end: Int, told: Int)] = [:]
        for line in file.flatMap({ try? String(contentsOfFile: $0, encoding: .utf8) })?.split(separator: "\n") ?? [] {
            let cells = line.split(separator: ",")
            if cells.count == 2, let end = Int(cells[1]) { ends[String(cells[0])] = (end, 0) }
        }
        self.ends = Mutex(ends)
    }

    /// What a station comes with counts unless it was just given a newer one that it has not yet put to use.
    func shown(_ station: StationID, until end: Instant) {
        let known = self.ends.withLock { $0[station.rawValue]?.end }
        guard known.map({ $0 < end.seconds }) ?? true else { return }
        // Not kept in the file: it is shown again whenever the station connects.
        self.ends.withLock { $0[station.rawValue] = (end.seconds, 0) }
    }

    func signed(_ station: StationID, until end: Instant) {
        let text = self.ends.withLock { ends in
            ends[station.rawValue] = (Int(end.microseconds / 1_000_000), 0)
            return ends.sorted { $0.key < $1.key }.map { "\($0.key),\($0.value.end)\n" }.joined()
        }
        if let file { try? Data(text.utf8).write(to: URL(filePath: file), options: .atomic) }
    }

    /// Whether it is to be told now; asked again within a day, it was told already.
    func isDue(_ station: StationID, at now: Instant) -> Bool {
        let seconds = Int(now.microseconds / 1_000_000)
        return self.ends.withLock { ends in
            guard let known = ends[station.rawValue], seconds >= known.end - self.leadSeconds,
                seconds - known.told >= 86_400
            else { return false }
            ends[station.rawValue]?.told = seconds
            return true
        }
    }
}
