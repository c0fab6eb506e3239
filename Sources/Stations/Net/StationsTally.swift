import Metrics
import Synchronization

/// Counts over all stations of the process, for metrics, the progress line and tests.
package final class StationsTally: Sendable {
    package struct Figures: Hashable, Sendable {
        package var connected = 0
        package var connects = 0
        package var sent = 0
        package var received = 0
        package var inTransaction = 0
        /// Sum over all stations, W, + = charge.
        package var watts = 0
    }

    private struct State {
        var figures = Figures()
        var loops: [Int: (watts: Int, inTransaction: Int)] = [:]
    }

    private let state = Mutex(State())
    private let connectedGauge = Gauge(label: "headroom_stations_connected")
    private let powerGauge = Gauge(label: "headroom_stations_power_watts")
    private let sentCounter = Counter(label: "headroom_stations_frames_sent")
    private let receivedCounter = Counter(label: "headroom_stations_frames_received")

    package init() {}

    package var figures: Figures { self.state.withLock { $0.figures } }

    func connected(_ change: Int) {
        let count = self.state.withLock { state in
            state.figures.connected += change
            state.figures.connects += max(change, 0)
            return state.figures.connected
        }
        self.connectedGauge.record(count)
    }

    func sent() {
        self.state.withLock { $0.figures.sent += 1 }
        self.sentCounter.increment()
    }

    func received() {
        self.state.withLock { $0.figures.received += 1 }
        self.receivedCounter.increment()
    }

    /// Power and transactions of one event loop's stations.
    func report(loop: Int, watts: Int, inTransaction: Int) {
        let sum = self.state.withLock { state in
            state.loops[loop] = (watts, inTransaction)
            state.figures.watts = state.loops.values.reduce(0) { $0 + $1.watts }
            state.figures.inTransaction = state.loops.values.reduce(0) { $0 + $1.inTransaction }
            return state.figures.watts
        }
        self.powerGauge.record(sum)
    }
}
