import Foundation

/// Where the demo's processes listen and keep their files. Every port is on loopback.
struct DemoLayout: Sendable {
    /// The folder that holds everything the demo writes.
    var folder: URL
    var portalPort = 8080
    var utilityPort = 8090
    var workerPorts = [9000, 9001]
    var telemetryPort = 5550
    var controlPort = 5551
    var signalPort = 5552
    var fastSignalPort = 5553
    /// Metrics: aggregator, utility, the workers, the stations, one after the other.
    var metricsPort = 9464

    func path(_ name: String) -> String {
        self.folder.appending(path: name).path
    }

    /// The utility's address.
    var utility: String { "http://127.0.0.1:\(self.utilityPort)" }

    /// The portal's address.
    var portal: String { "http://127.0.0.1:\(self.portalPort)" }
}
