/// Where the aggregator listens for workers and utilities; the keys of `fleetLink:` in a configuration.
package struct HubConfiguration: Codable, Hashable, Sendable {
    /// `tcp://HOST:PORT` each: telemetry 5550, control 5551, signal to workers 5552, fast signal 5553.
    package var telemetry: String
    package var control: String
    package var signal: String
    package var fastSignal: String
    /// The aggregator's key pair and the list of keys that may connect (`headroom keys` makes both).
    package var keyFile: String
    package var allowFile: String
    /// Names on that list that may send fast signals, and are no workers; left out = any of them.
    package var utilities: [String]?

    package init(
        telemetry: String, control: String, signal: String, fastSignal: String, keyFile: String, allowFile: String,
        utilities: [String]? = nil
    ) {
        self.telemetry = telemetry
        self.control = control
        self.signal = signal
        self.fastSignal = fastSignal
        self.keyFile = keyFile
        self.allowFile = allowFile
        self.utilities = utilities
    }
}
