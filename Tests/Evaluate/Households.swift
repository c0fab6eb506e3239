import Domain
import Foundation

/// The recorded sessions of Norwegian households (Sørensen and others, Data in Brief 2024, CC BY 4.0), as hourly
/// headroom of each user. Local time is taken as it stands: no day has a doubled or a missing hour.
struct Households {
    struct User {
        var name: String
        /// Charging power, W; a two-way charger is taken to discharge with as much.
        var power: Int
        var capacity: Double
        /// First and last day with a session: enrolled from the one through the other.
        var first = Int.max
        var last = Int.min
        /// Up and down headroom, W, and share plugged in, in 1/10,000, by hour from `Households.firstHour` on.
        var up: [Int32]
        var down: [Int32]
        var plugged: [Int32]
        var arrivals: [(hour: Int, missing: Int)] = []
        var departures: [Int] = []
        var stays: [Stay] = []
    }

    static let endurance = 1.0
    static let efficiency = 0.95
    /// Nobody stays longer: a plug that was forgotten is no promise.
    static let longest = 7 * 24.0

    var users: [User] = []
    var firstDay = 0
    var days = 0
    var sessions = 0
    /// Rows that say nothing usable: no time, or an end before the start.
    var refused = 0

    var hours: Range<Int> { self.firstDay * 24..<(self.firstDay + self.days) * 24 }

    /// Nil where the recordings are not there.
    init?(folder: URL) {
        guard let sessions = try? String(contentsOf: folder.appending(path: "sessions.csv"), encoding: .utf8),
            let users = try? String(contentsOf: folder.appending(path: "users.csv"), encoding: .utf8)
        else { return nil }
        let rows = sessions.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        let stays = rows.compactMap(Stay.init)
        self.refused = rows.count - stays.count
        self.sessions = stays.count
        guard let start = stays.map(\.from).min(), let end = stays.map(\.to).max() else { return nil }
        self.firstDay = Int(start / 24)
        self.days = Int(end / 24) + 2 - self.firstDay
        self.enrol(users)
        let index = Dictionary(uniqueKeysWithValues: self.users.enumerated().map { ($1.name, $0) })
        for stay in stays.sorted(by: { $0.from < $1.from }) {
            guard let user = index[stay.user] else { continue }
            self.add(stay, to: user)
        }
    }

    private mutating func enrol(_ users: String) {
        for row in users.split(separator: "\n").dropFirst() {
            let fields = row.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count >= 3 else { continue }
            let none = Array(repeating: Int32(0), count: self.days * 24)
            self.users.append(
                User(
                    name: String(fields[0]), power: Int((Double(fields[1]) ?? 3.6) * 1_000),
                    capacity: Double(fields[2]) ?? 40, up: none, down: none, plugged: none))
        }
    }

    /// What the stay leaves free for the grid in each of its hours, by the tube (algorithms.md section 1): steady
    /// charging as the base, the energy of the record as the promise, an hour of full activation behind each hour.
    private mutating func add(_ stay: Stay, to index: Int) {
        var user = self.users[index]
        user.first = min(user.first, Int(stay.from / 24))
        user.last = max(user.last, Int(stay.to / 24))
        let offset = self.firstDay * 24
        user.arrivals.append((Int(stay.from), Int(stay.energy * 1_000)))
        user.departures.append(Int(stay.to))
        user.stays.append(stay)
        let tube = Tube(stay: stay, power: Double(user.power) / 1_000, capacity: user.capacity)
        for hour in Int(stay.from)...Int(stay.to) {
            let from = max(stay.from, Double(hour))
            let to = min(stay.to, Double(hour + 1))
            let place = hour - offset
            guard place >= 0, place < user.up.count, to > from else { continue }
            user.plugged[place] = min(10_000, user.plugged[place] + Int32((to - from) * 10_000))
            guard Double(hour) >= stay.from, Double(hour + 1) + Self.endurance <= stay.to else { continue }
            user.up[place] = max(user.up[place], Int32(tube.up(at: Double(hour + 1)) * 1_000))
            user.down[place] = max(user.down[place], Int32(tube.down(at: Double(hour + 1)) * 1_000))
        }
        self.users[index] = user
    }
}

/// A row of the recording; hours since 1970, local time.
struct Stay {
    var user: String
    var from: Double
    var to: Double
    var energy: Double
    var charge: Double?

    init?(_ fields: [Substring]) {
        guard fields.count >= 10, let from = Self.hours(fields[3]), let to = Self.hours(fields[4]), to > from
        else { return nil }
        self.user = String(fields[1])
        self.from = from
        self.to = min(to, from + Households.longest)
        self.energy = Double(fields[6]) ?? 0
        self.charge = Double(fields[9])
    }

    private static func hours(_ text: Substring) -> Double? {
        let parts = text.split { "-: ".contains($0) }.compactMap { Int($0) }
        guard parts.count == 6 else { return nil }
        return Double(dayNumber(parts) * 24 + parts[3]) + Double(parts[4]) / 60
    }
}

/// Steady charging between arrival and departure, kWh and kW.
struct Tube {
    let stay: Stay
    let power: Double
    let capacity: Double
    private let start: Double
    private let base: Double

    init(stay: Stay, power: Double, capacity: Double) {
        self.stay = stay
        self.power = power
        self.capacity = capacity
        self.start = (stay.charge ?? 40) / 100 * capacity
        self.base = min(power, stay.energy / Households.efficiency / (stay.to - stay.from))
    }

    private func energy(at hour: Double) -> Double {
        self.start + Households.efficiency * self.base * (hour - self.stay.from)
    }

    /// Power that can be taken away, for the whole endurance from `hour` on, and still given back before departure.
    func up(at hour: Double) -> Double {
        let (efficiency, endurance) = (Households.efficiency, Households.endurance)
        let floor = min(self.start, 0.2 * self.capacity)
        let must = self.start + self.stay.energy - efficiency * self.power * (self.stay.to - hour - endurance)
        let spare = self.energy(at: hour) - max(floor, must)
        let discharge =
            spare >= 0 ? min(self.power, spare * efficiency / endurance) : spare / efficiency / endurance
        return max(0, self.base + discharge)
    }

    /// Power that can be added for the whole endurance.
    func down(at hour: Double) -> Double {
        let room = max(0, self.capacity - self.energy(at: hour))
        return max(0, min(self.power, room / Households.efficiency / Households.endurance) - self.base)
    }
}
