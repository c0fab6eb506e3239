import Domain
import Foundation
import Synchronization
import TestSupport
import Testing

/// The power goes, and disks are full, while the fleet exports.
@Suite(.wantsHeadroom, .ownThreads) struct DiskFaultTests {
    /// All processes of the site at once; each journal ends somewhere after its last synchronised byte.
    @Test(.timeLimit(.minutes(8))) func powerCuts() async throws {
        let name = "power cut of everything, each journal torn after its last fsync"
        let library = Mutex<String?>(nil)
        var terms = FaultPlant.Terms(name: name, seconds: 130)
        terms.isOnTrial = true
        terms.environment = { plant in
            guard let made = try PowerCut.library(in: plant.folder) else { return [:] }
            library.withLock { $0 = made }
            let all = ["aggregator", "worker", "worker2"].map { ($0, ["LD_PRELOAD": made]) }
            return Dictionary(uniqueKeysWithValues: all)
        }
        try await FaultPlant.run(terms) { plant in
            guard library.withLock({ $0 }) != nil else { return Verdicts.skipped(name, "no C compiler") }
            var generator = SeededGenerator(seed: plant.terms.seed)
            for number in 1...3 {
                try await plant.pause(Double.random(in: 1...4, using: &generator))
                try await plant.fault("power cut \(number)", resume: 15) {
                    let all = ["aggregator", "worker", "worker2"]
                    for name in all { plant.signal(name, SIGKILL) }
                    for name in all { try await plant.kill9(name) }
                    let lost = try PowerCut.cut(plant.plant.folder, using: &generator)
                    print("fault: \(lost.bytes) bytes of \(lost.files) segments were not on the disk")
                    #expect(lost.files >= 4, "readings of two workers, events, outbox")
                    for name in all { try plant.restart(name) }
                }
            }
        }
    }

    /// First a worker's disk, then the aggregator's: nothing that was not kept is acknowledged, and there is room again.
    @Test(.timeLimit(.minutes(8))) func fullDisks() async throws {
        let name = "full disk, worker and aggregator"
        let disks = Mutex<[Disk]>([])
        defer { for disk in disks.withLock({ $0 }) { disk.remove() } }
        var terms = FaultPlant.Terms(name: name, seed: 8, seconds: 120)
        terms.adapt = { plant in
            let made = try ["worker", "aggregator"].compactMap { try Disk(plant.path($0)) }
            disks.withLock { $0 = made }
        }
        try await FaultPlant.run(terms) { plant in
            let disks = disks.withLock { $0 }
            guard disks.count == 2 else { return Verdicts.skipped(name, "a tmpfs is mounted by root only") }
            // Shorter than the grace for late readings: what stations metered meanwhile is in their registers only.
            try await plant.fault("a worker's disk is full", resume: 5) {
                try disks[0].fill()
                try await plant.pause(8)
                disks[0].free()
            }
            #expect(plant.isRunning("worker"), "it goes on dispatching")
            try await plant.fault("the aggregator's disk is full", resume: 15) {
                try disks[1].fill()
                // What cannot be journalled is not applied: it ends, and is started again where there is room.
                let ended = try await Program.wait(within: 15) { plant.isRunning("aggregator") ? nil : true }
                #expect(ended == true, "the aggregator leads on without a journal")
                disks[1].free()
                try await plant.kill9("aggregator")
                try plant.restart("aggregator")
            }
        }
    }

    /// A small file system of its own.
    private struct Disk: Sendable {
        let path: String
        private var ballast: String { self.path + "/ballast" }

        init?(_ path: String) throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let mounted = try Program.run("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", path])
            guard mounted.status == 0 else { return nil }
            self.path = path
        }

        func fill() throws {
            _ = FileManager.default.createFile(atPath: self.ballast, contents: nil)
            let file = try FileHandle(forWritingTo: URL(filePath: self.ballast))
            defer { try? file.close() }
            for size in [1 << 20, 4_096] {
                let block = Data(repeating: 1, count: size)
                while (try? file.write(contentsOf: block)) != nil {}
            }
        }

        func free() { try? FileManager.default.removeItem(atPath: self.ballast) }

        func remove() { _ = try? Program.run("/usr/bin/umount", ["-l", self.path]) }
    }
}
