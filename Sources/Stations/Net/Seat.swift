import Domain
import NIOCore

/// One simulated station on its event loop: the machine, and the connection it has now. Never leaves the loop.
final class Seat {
    let spec: StationSpec
    let endpoint: StationsEndpoint
    let secret: String?
    var machine: StationMachine
    var channel: (any Channel)?
    var backOff: BackOff
    var generator: SeededGenerator
    /// True while a connection is being made or a wait for it runs.
    var isDialling = false
    /// Counts the attempts to connect, so that the end of an old one is not taken for the newest's.
    var attempt = 0

    init(
        spec: StationSpec, endpoint: StationsEndpoint, secret: String?, machine: StationMachine,
        backOff: BackOff, seed: UInt64
    ) {
        self.spec = spec
        self.endpoint = endpoint
        self.secret = secret
        self.machine = machine
        self.backOff = backOff
        self.generator = SeededGenerator(seed: seed)
    }
}
