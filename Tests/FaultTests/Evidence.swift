import Foundation

/// What a plant left behind while it was broken: its own outputs, and the power at its stations.
struct Evidence: Sendable {
    /// Sum of each site's stations, W, + = charge; `at` counts seconds from the plant's start, as all times here.
    struct Sample: Sendable {
        var at: Double
        var watts: [Int]
        var sum: Int { self.watts.reduce(0, +) }
    }
    /// What the portal said.
    struct Look: Sendable {
        var at: Double
        var requested: Int
        var delivered: Int
        var awarded: Int
        var baseline: Int
        var plugged: Int
    }
    /// One fault, from its first to its last second.
    struct Fault: Sendable {
        var name: String
        var at: Double
        var healed: Double
        /// Indices of the sites whose export has to end, and within how many seconds of the fault; nil: it has to stay.
        var fallback: (sites: [Int], seconds: Double)?
        /// Seconds after the heal within which the request is met again.
        var resume: Double
        /// Seconds after the heal until it was met again, as seen; nil when it was not.
        var resumed: Double?
        var note = ""
    }
    /// Registers of a station in the database: Wh in and out of its first and last reading, and their times.
    struct Registers: Sendable {
        var site: Int
        var from: Double
        var until: Double
        var net: Int
    }
    /// What is in the database when all is over.
    struct Books: Sendable {
        var findings = ""
        var settled = ""
        var blocks = 0
        var promisesBroken = 0
        var outcomesMissed = 0
        var conserved = false
        var balanced = false
        /// Rows and highest sequence of each worker's readings.
        var readings: [String: (held: Int, highest: Int)] = [:]
        /// Readings that a worker's journal has and nobody acknowledged.
        var unacknowledged = 0
        var registers: [Registers] = []
        /// Energy of the samples that were settled, Ws, delivered and declared baseline less metered, over their time.
        var delivered = 0
        var sampled: ClosedRange<Double> = 0...0
        /// Baseline at each sampled second.
        var baseline: [Int: Int] = [:]
        var performance = 0
    }
    var name = ""
    var seed: UInt64 = 0
    /// While the request is constant: nothing but a fault moves the power.
    var steady: ClosedRange<Double> = 0...0
    /// How many of a sample's figures are sites; what follows is cars beside them.
    var sites = 2
    /// Most power of a site, in and out, W.
    var siteWatts = 0
    /// What all points together may rise by in a second, W.
    var ramp = 0
    /// What flowed into the simulated cars of each of their workers until then, Ws, as their registers say.
    struct Registered: Sendable {
        var at: Double
        var wattSeconds: Double
    }
    /// By worker of simulated cars; empty where there are none.
    var crowds: [[Registered]] = []
    /// W beside it that one station makes by itself.
    var ownStep = 0
    var samples: [Sample] = []
    var looks: [Look] = []
    var faults: [Fault] = []
    var books = Books()
    var plugged = 0
}
