import Domain
import GridCodes
import Planning

/// Watches what the points offer, minute by minute, and hour by hour judges what was believed of it, learns, and
/// states what is believed of the hours to come.
struct HeadroomWatch: Sendable, Codable {
    /// Looks at an hour that make it known: a few minutes of a restart are forgiven.
    private static let fewestLooks = 50

    /// Nil until the first look: its calendar begins there.
    private(set) var book: ForecastBook?
    private(set) var minute = 0
    private var hour: Int?
    private var looks = 0
    /// By place of the book: the least that was offered in the hour so far, W.
    private var least: [Int] = []
    /// By vehicle: looks at which it was plugged in, and the least that it offered at all of them, W.
    private var seen: [UInt8] = []
    private var up: [Int32] = []
    private var down: [Int32] = []

    /// Begins a minute: true where it is a new one and has to be looked at.
    mutating func begins(_ now: Instant, resources: Int, region: RegionPack, confidences: [Int]) -> Bool {
        guard now.seconds / 60 != self.minute else { return false }
        self.minute = now.seconds / 60
        var book =
            self.book ?? ForecastBook(calendar: .utc, clusters: resources, confidences: confidences)
        book.grow(clusters: resources)
        self.book = book
        let hour = now.seconds / 3_600
        guard hour != self.hour else { return true }
        self.book?.calendar = Self.calendar(region, around: hour)
        self.close(before: hour, at: now)
        return true
    }

    /// Takes what one car offers at this look, W; once a look.
    mutating func take(_ vehicle: Int, resource: Int, rated: Int, up: Int, down: Int) {
        self.book?.enrol(vehicle, cluster: resource, rated: rated)
        self.grow(to: vehicle + 1)
        let before = Int(self.seen[vehicle])
        // Who was not there at every look before holds nothing for the whole hour.
        let isWhole = before >= self.looks
        self.up[vehicle] = isWhole ? min(before == 0 ? .max : self.up[vehicle], Int32(clamping: up)) : 0
        self.down[vehicle] = isWhole ? min(before == 0 ? .max : self.down[vehicle], Int32(clamping: down)) : 0
        self.seen[vehicle] = UInt8(clamping: before + 1)
    }

    /// Ends a look: what all of a resource's points offered, by place of the book, W.
    mutating func end(_ sums: [Int]) {
        self.looks += 1
        for (place, sum) in sums.enumerated() where place < self.least.count {
            self.least[place] = min(self.least[place], sum)
        }
    }

    mutating func arrived(_ vehicle: Int, missing: Energy, at now: Instant) {
        self.book?.arrived(vehicle, at: now, missing: missing)
    }

    mutating func departed(_ vehicle: Int, at now: Instant) { self.book?.departed(vehicle, at: now) }

    private mutating func grow(to vehicles: Int) {
        let more = vehicles - self.seen.count
        guard more > 0 else { return }
        self.seen += Array(repeating: 0, count: more)
        self.up += Array(repeating: 0, count: more)
        self.down += Array(repeating: 0, count: more)
    }

    /// An hour that was watched is judged and learned; of any other nothing is known.
    private mutating func close(before hour: Int, at now: Instant) {
        if let watched = self.hour, watched < hour, self.looks >= Self.fewestLooks {
            let (looks, seen, up, down) = (self.looks, self.seen, self.up, self.down)
            self.book?.close(hour: watched, came: self.least, at: now) { row in
                guard row < seen.count, seen[row] > 0 else { return HabitTable.Hour(plugged: 0, up: 0, down: 0) }
                let stayed = Int(seen[row]) >= looks
                return HabitTable.Hour(
                    plugged: min(10_000, Int(seen[row]) * 10_000 / looks), up: stayed ? Int(up[row]) : 0,
                    down: stayed ? Int(down[row]) : 0)
            }
        }
        self.book?.stateAhead(after: hour - 1, at: now)
        self.hour = hour
        self.looks = 0
        self.least = Array(repeating: .max, count: self.book?.ahead.count ?? 0)
        for vehicle in self.seen.indices { self.seen[vehicle] = 0 }
    }

    /// Local days and holidays of the region, from the last learned ones to the last stated ones: from an hour before to
    /// three days on.
    private static func calendar(_ region: RegionPack, around hour: Int) -> DayCalendar {
        DayCalendar(of: region, hours: hour - 1...hour + 72)
    }

    /// Everything that decides, in a fixed order.
    func fingerprint(into mark: inout Fingerprint) {
        for value in [self.minute, self.hour ?? -1, self.looks] + self.least { mark.add(value) }
        for vehicle in self.seen.indices where self.seen[vehicle] > 0 {
            mark.add(vehicle)
            for value in [Int32(self.seen[vehicle]), self.up[vehicle], self.down[vehicle]] { mark.add(value) }
        }
        self.book?.fingerprint(into: &mark)
    }
}
