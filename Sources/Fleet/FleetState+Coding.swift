import CTelemetry
import Domain

// In a checkpoint: lines, registrations, workers. The totals are derived; how many there are is not.
extension FleetState: Codable {
    private enum CodingKeys: String, CodingKey {
        case lines, registrations, workers, totals, workerIndex, rangeStep
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let resources = try values.nestedUnkeyedContainer(forKey: .totals).count ?? 0
        self.init(resources: resources, rangeStep: try values.decode(Int.self, forKey: .rangeStep))
        self.workers = try values.decode([WorkerRange].self, forKey: .workers)
        self.workerIndex = try values.decode([WorkerID: Int].self, forKey: .workerIndex)
        let lines = try values.superDecoder(forKey: .lines).parted(VehicleLine.self)
        let registrations = try values.superDecoder(forKey: .registrations).parted(Registration?.self)
        self.grow(by: lines.count)
        for (index, (line, registration)) in zip(lines, registrations).enumerated() {
            self.lines[index] = line
            guard line.bound == 1, let registration, StationNames.fits(registration) else { continue }
            self.lines[index].record.slot = registration.slot
            while line.site != VehicleLine.none, self.siteTotals.count <= Int(line.site) {
                self.siteTotals.append(Totals())
            }
            self.names.set(index, station: registration.station, evse: registration.evse, token: registration.token)
            self.limits[index] = StationLimits(registration)
            self.count(index, headroom_hot(line))
        }
        try self.check()
    }

    /// What every index relies on: ranges that lie apart and inside the lines.
    private func check() throws {
        var end = 0
        for range in self.workers.sorted(by: { $0.base < $1.base }) {
            guard range.base >= end, range.used >= 0, range.used <= range.capacity,
                range.base + range.capacity <= self.lines.count
            else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: [CodingKeys.workers], debugDescription: "ranges of workers overlap"))
            }
            end = range.base + range.capacity
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(Parted(self.lines), forKey: .lines)
        try values.encode(Parted(self.lines.indices.lazy.map { self.registration($0) }), forKey: .registrations)
        try values.encode(self.workers, forKey: .workers)
        try values.encode(self.totals, forKey: .totals)
        try values.encode(self.workerIndex, forKey: .workerIndex)
        try values.encode(self.rangeStep, forKey: .rangeStep)
    }
}
