import TestSupport
import Testing

/// The way between workers and aggregator fails while the fleet exports.
@Suite(.wantsHeadroom, .ownThreads) struct PartitionFaultTests {
    /// Packets of one worker, then of both, are dropped: silence with all sockets open, as behind a dead switch.
    @Test(.timeLimit(.minutes(8))) func partitionsOfASecondAndOfHalfAMinute() async throws {
        if let absence = Netfilter.absence { print("fault: partitions are held by the relay instead: \(absence)") }
        try await FaultPlant.run(.init(name: "partition 1 s and 30 s, one worker and both", seed: 1, seconds: 170)) {
            plant in
            // Shorter than a signal lives: nobody may notice.
            try await plant.fault("1 s, one worker", resume: 1) { try await Self.partition(plant, [0], seconds: 1) }
            try await plant.pause(2)
            try await plant.fault("1 s, both", resume: 1) { try await Self.partition(plant, [0, 1], seconds: 1) }
            try await plant.pause(2)
            try await plant.fault("30 s, one worker", resume: 15) {
                try await Self.partition(plant, [0], seconds: 30)
            }
            try await plant.pause(5)
            try await plant.fault("30 s, both", resume: 15) { try await Self.partition(plant, [0, 1], seconds: 30) }
        }
    }

    private static func partition(_ plant: FaultPlant, _ workers: [Int], seconds: Double) async throws {
        let relays = plant.uplinks(of: workers)
        let filter = try Netfilter(drop: 100, ports: relays.map(\.port))
        if filter == nil { for relay in relays { relay.set(.init(isHeld: true)) } }
        defer {
            filter?.remove()
            if filter == nil { for relay in relays { relay.set(.init()) } }
        }
        try await plant.pause(seconds)
    }

    /// A bad line: packets are lost, and what arrives comes late and uneven.
    @Test(.timeLimit(.minutes(8))) func lossAndJitter() async throws {
        try await FaultPlant.run(.init(name: "5 % loss, 200 ms jitter", seed: 2, seconds: 110)) { plant in
            try await plant.fault("5 % loss, 200 ms jitter", resume: 3) {
                let relays = plant.uplinks()
                for relay in relays { relay.set(.init(delayMilliseconds: 20, jitterMilliseconds: 200)) }
                let filter = try Netfilter(drop: 5, ports: relays.map(\.port))
                if filter == nil { print("fault: no packets are lost: \(Netfilter.absence ?? "nft refused")") }
                defer {
                    filter?.remove()
                    for relay in relays { relay.set(.init()) }
                }
                try await plant.pause(60)
            }
        }
    }

    /// Connections that break all the time are made again.
    @Test(.timeLimit(.minutes(8))) func flappingConnections() async throws {
        try await FaultPlant.run(.init(name: "connections cut 12 times", seed: 3, seconds: 110)) { plant in
            try await plant.fault("cut 12 times", resume: 5) {
                for round in 0..<12 {
                    let relays = plant.uplinks(of: [round % 2])
                    for relay in relays { relay.set(.init(isCut: true)) }
                    try await plant.pause(0.5)
                    for relay in relays { relay.set(.init()) }
                    try await plant.pause(3)
                }
            }
        }
    }
}
