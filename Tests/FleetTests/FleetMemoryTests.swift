import CTelemetry
import Domain
import Fleet
import Foundation
import Testing

/// Names, kinds and ranges: what is kept once, moved, let go and used again.
@Suite struct FleetMemoryTests {
    private func named(_ slot: UInt32, generation: UInt32, using generator: inout SeededGenerator) -> Registration {
        func text(_ length: ClosedRange<Int>) -> String {
            String(
                (0..<Int.random(in: length, using: &generator)).map { _ in
                    "abcdé€😀".randomElement(using: &generator) ?? "x"
                })
        }
        return Registration(
            slot: slot, generation: generation, station: StationID(text(1...24)),
            evse: Int.random(in: 1...4, using: &generator),
            token: Bool.random(using: &generator) ? TokenID(text(0...30)) : nil,
            capability: .setpoint, maxCharge: Power(watts: Int.random(in: 0...3, using: &generator) * 11_000),
            maxDischarge: Power(watts: 11_000), minimumPower: Power(watts: 1_380), step: Power(watts: 230),
            responseTime: .seconds(2))
    }

    /// Three workers register, bind anew, release, restart and outgrow their ranges in any order: what is registered at
    /// each index is what was said last, to the byte, also after a checkpoint; and the room that is empty stays small.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func everythingRegisteredIsFoundAgain(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var fleet = FleetState(resources: 2, rangeStep: 4)
        let workers: [WorkerID] = ["a", "b", "c"]
        var expected: [[UInt32: Registration]] = [[:], [:], [:]]
        var most = [0, 0, 0]
        var incarnation: UInt64 = 1
        for worker in workers { fleet.join(worker, incarnation: Incarnation(1)) }
        for round in 0..<4_000 {
            let owner = Int.random(in: 0..<3, using: &generator)
            let slot = UInt32.random(in: 0..<UInt32(20 + round / 10), using: &generator)
            switch Int.random(in: 0..<100, using: &generator) {
            case 0:
                incarnation += 1
                fleet.join(workers[owner], incarnation: Incarnation(incarnation))
                expected[owner] = [:]
            case 1...20:
                let generation = expected[owner][slot]?.generation ?? 0
                if fleet.unregister(slot: slot, generation: generation, worker: workers[owner]) {
                    expected[owner][slot] = nil
                }
            default:
                let new = self.named(slot, generation: UInt32(round + 1), using: &generator)
                let index = fleet.register(
                    new, worker: workers[owner], vehicle: nil, site: Int(slot / 8), resource: owner % 2)
                #expect(index != nil)
                expected[owner][slot] = new
                most[owner] = max(most[owner], Int(slot) + 1)
            }
            guard round % 200 == 199 else { continue }
            if round % 1_000 == 999 {
                fleet = try JSONDecoder().decode(FleetState.self, from: try JSONEncoder().encode(fleet))
            }
            self.expect(expected, in: fleet)
            let ever = most.reduce(0, +)
            #expect(fleet.lines.count <= ever + ever / 16 + 12, "a sixteenth is empty at most, and a step a worker")
        }
    }

    private func expect(_ expected: [[UInt32: Registration]], in fleet: FleetState) {
        #expect(fleet.verify())
        var taken: [Range<Int>] = []
        for (owner, worker) in fleet.workers.enumerated() {
            var found: [UInt32: Registration] = [:]
            for (slot, index) in fleet.range(owner).enumerated() {
                guard let registration = fleet.registration(index) else { continue }
                found[UInt32(slot)] = registration
                #expect(fleet.station(index) == registration.station)
            }
            #expect(found == expected[owner])
            taken.append(worker.base..<worker.base + worker.capacity)
        }
        let apart = taken.sorted { $0.lowerBound < $1.lowerBound }
        #expect(zip(apart, apart.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
    }

    @Test func aStationThatCannotBeKeptIsRefused() {
        var fleet = FleetState(resources: 1)
        fleet.join("w", incarnation: Incarnation(1))
        var odd = registration(0)
        odd.evse = 65_536
        #expect(fleet.register(odd, worker: "w", vehicle: nil, site: nil, resource: 0) == nil)
        odd.evse = 1
        odd.station = StationID(String(repeating: "s", count: 256))
        #expect(fleet.register(odd, worker: "w", vehicle: nil, site: nil, resource: 0) == nil)
        #expect(fleet.range(0).isEmpty && fleet.verify())
        odd.station = StationID(String(repeating: "s", count: 255))
        #expect(fleet.register(odd, worker: "w", vehicle: nil, site: nil, resource: 0) == 0)
        #expect(fleet.registration(0) == odd)
    }

    @Test func aMillionComingsAndGoingsLeaveNoGarbage() {
        var fleet = FleetState(resources: 1)
        fleet.join("w", incarnation: Incarnation(1))
        for slot in 0..<100 as Range<UInt32> {
            _ = fleet.register(registration(slot), worker: "w", vehicle: nil, site: nil, resource: 0)
        }
        for round in 0..<100_000 as Range<UInt32> {
            var next = registration(round % 100, generation: round / 100 + 2)
            next.token = round % 3 == 0 ? nil : TokenID(String(repeating: "t", count: Int(round * 7 % 97)))
            next.maxCharge = Power(watts: Int(round))
            _ = fleet.register(next, worker: "w", vehicle: nil, site: nil, resource: 0)
        }
        #expect(fleet.nameBytes < 200_000, "names of a hundred points, and less garbage than is worth collecting")
        #expect(fleet.kindsInUse == 100)
    }

    @Test func aCheckpointOfAnOlderVersionIsRead() throws {
        let old = """
            {"rangeStep":4,"workerIndex":["w",0],"totals":[{"power":700,"plugged":1,"available":1}],"workers":[{"id":"w",
            "incarnation":7,"base":0,"capacity":4,"connected":true,"used":2}],"limits":[],"lines":[
            [0,11,700,11000,0,50000,0,0,5000,100,2000,0,1000000,1,3,2,0,1,2],\(Self.empty),\(Self.empty),\(Self.empty)],
            "registrations":[{"slot":0,"generation":1,"station":"s","evse":2,"token":"t","capability":2,"maxCharge":
            22000,"maxDischarge":0,"minimumPower":1380,"step":230,"responseTime":1000000},null,null,null]}
            """
        let fleet = try JSONDecoder().decode(FleetState.self, from: Data(old.utf8))
        #expect(fleet.verify() && fleet.totals[0].power == 700 && fleet.totals[0].available == 1)
        #expect(fleet.totals[0].up == 700 && fleet.totals[0].down == 10_300 && fleet.siteTotals[2].power == 700)
        #expect(fleet.registration(0)?.token == "t" && fleet.registration(0)?.evse == 2)
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode(
                FleetState.self, from: Data(old.replacing("\"capacity\":4", with: "\"capacity\":5").utf8))
        }
    }

    private static let empty = "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,4294967295,4294967295,65535,0,0]"
}
