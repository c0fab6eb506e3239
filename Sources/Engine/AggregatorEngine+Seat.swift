import Domain
import Fleet

// A car counts at one point, however many claim it.
extension AggregatorEngine {
    /// Looks up which vehicles several points claim.
    mutating func findRivals() {
        var first = Array(repeating: -1, count: self.enrolment.vehicles.count)
        self.rivals = [:]
        for worker in self.fleet.workers.indices {
            for index in self.fleet.range(worker) {
                let line = self.fleet.lines[index]
                guard line.bound == 1, line.vehicle != VehicleLine.none, Int(line.vehicle) < first.count else {
                    continue
                }
                let vehicle = Int(line.vehicle)
                if first[vehicle] < 0 {
                    first[vehicle] = index
                } else {
                    self.rivals[line.vehicle, default: [first[vehicle]]].append(index)
                }
            }
        }
    }

    /// Whether a line is where its vehicle counts: of several that claim it one that was heard lately, then one that has it
    /// plugged in, then one that belongs to a resource, then the first.
    func isSeat(_ index: Int) -> Bool {
        guard !self.rivals.isEmpty, let rivals = self.rivals[self.fleet.lines[index].vehicle] else { return true }
        let stale = (self.now - self.configuration.telemetryStale).microseconds
        func rank(_ line: VehicleLine) -> Int {
            (Int(line.receivedAt) >= stale ? 4 : 0) + (line.isPlugged ? 2 : 0)
                + (Int(line.resource) < self.resources.count ? 1 : 0)
        }
        var best = rivals[0]
        for rival in rivals where rank(self.fleet.lines[rival]) > rank(self.fleet.lines[best]) { best = rival }
        return best == index
    }
}
