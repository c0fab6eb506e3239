import Domain

extension Plant {
    /// A car at its station.
    struct Car {
        var token: TokenID
        /// In the battery, W·s.
        var stored: Int
        var power = 0
        var setpoint: Int?
        var importWs = 0
        var exportWs = 0
        var isPlugged = true
        var isAvailable = true
        var capability = Capability.setpoint
        /// What the car itself tells: its departure, its target in 1/100 %, its battery.
        var departure: Instant?
        var target: Int?
        var tellsCapacity = true
        var socError = 0
        /// Whether the worker knows that it is there.
        var isSeen = true
        /// Whether the worker has heard of a meter sample.
        var isMetered = true
        /// Whether its station's connection is up, and whether its station has a supply.
        var isOnline = true
        var isPowered = true
        /// Charges with all it has, whatever it is told.
        var ignores = false
        /// Makes half of what it is told; takes no set-point any more once it has one.
        var halves = false
        /// Makes so much of what it is told, in 1/1000, and so many seconds later.
        var gain = 1_000
        var delay = 0
        var queue: [Int] = []
        var freezes = false
        /// The driver wants to be charged first, or somebody limits the station: what a worker's records say then.
        var mostDischarge = 22_000
        /// What the station really manages to charge with.
        var most = 22_000

        static let capacity = 60_000 * 3_600

        init(token: TokenID, soc: Int) {
            self.token = token
            self.stored = Self.capacity / 10_000 * soc
        }

        /// What it was told `delay` seconds ago, as far as it makes that.
        mutating func made(of watts: Int) -> Int {
            self.queue.append(watts)
            if self.queue.count > self.delay + 1 { self.queue.removeFirst(self.queue.count - self.delay - 1) }
            return (self.queue.first ?? watts) * (self.halves ? 500 : self.gain) / 1_000
        }

        var soc: Int { self.stored / (Self.capacity / 10_000) }
        /// Wh still missing to the target, as a worker reckons it.
        var missing: Int {
            self.target.map { (Self.capacity / 10_000 * $0 - self.stored) / 3_600 } ?? 0
        }
    }
}
