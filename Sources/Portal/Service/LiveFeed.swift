import Domain
import Engine
import Foundation
import NIOCore
import Synchronization

/// What pages hear each second. The event is made once a second however many listen, and only so many may.
final class LiveFeed: Sendable {
    private let limit: Int
    private let count = Mutex(0)
    private let latest = Mutex<(second: Int, event: ByteBuffer)?>(nil)

    init(limit: Int) {
        self.limit = limit
    }

    /// How many listen now.
    var listeners: Int { self.count.withLock { $0 } }

    /// A listener's place, given back when the last reference goes.
    final class Place: Sendable {
        private let feed: LiveFeed
        fileprivate init(_ feed: LiveFeed) { self.feed = feed }
        deinit { self.feed.count.withLock { $0 -= 1 } }
    }

    /// A place, or nil when all are taken.
    func enter() -> Place? {
        let isFree = self.count.withLock { count in
            guard count < self.limit else { return false }
            count += 1
            return true
        }
        return isFree ? Place(self) : nil
    }

    private struct Payload: Encodable {
        var values: [String: String]
        var plot: String?
    }

    /// Texts by element id, and a plot where there is one, in the framing of server-sent events.
    static func framed(_ values: [String: String], plot: String?) throws -> ByteBuffer {
        var event = ByteBuffer(string: "event: live\ndata: ")
        event.writeBytes(try JSONEncoder().encode(Payload(values: values, plot: plot)))
        event.writeString("\n\n")
        return event
    }

    /// The event of a second, in the framing of server-sent events.
    func event(at now: Instant, _ snapshot: () -> EngineSnapshot) throws -> ByteBuffer {
        try self.latest.withLock { latest in
            if let latest, latest.second == now.seconds { return latest.event }
            let snapshot = snapshot()
            let event = try Self.framed(liveValues(LiveFigures(snapshot)), plot: plot(snapshot).text)
            latest = (now.seconds, event)
            return event
        }
    }
}

/// The plot of what the engine remembers.
func plot(_ snapshot: EngineSnapshot?) -> HTML {
    LivePlot.svg(
        (snapshot?.history ?? []).map {
            PlotPoint(
                second: $0.second, milliHertz: $0.milliHertz, requestedWatts: $0.requestedWatts,
                deliveredWatts: $0.deliveredWatts)
        }, nominal: snapshot?.nominalMilliHertz ?? 50_000)
}
