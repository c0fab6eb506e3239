import Control
import Domain
import Testing

/// The ring, an activation with what went before it, its parts, and what is exported of them.
@Suite struct ActivationCaptureTests {
    private let began = 1_000_000

    private func sample(_ tick: Int, _ requested: Int, metered: Int? = nil) -> ProofSample {
        ProofSample(
            at: Instant(microseconds: self.began * 1_000_000 + tick * 50_000), milliHertz: 49_900 + tick % 7,
            requestedWatts: requested, setpointWatts: 7_000 - requested, meteredWatts: metered)
    }

    /// 20 Hz; asked for from second 60 to 90.
    private func run(
        _ capture: inout ActivationCapture, seconds: Int, asked: Range<Int>, watts: Int = 5_000
    ) -> [ProofPart] {
        var parts: [ProofPart] = []
        for tick in 0..<seconds * 20 {
            let requested = asked.contains(tick / 20) ? watts : 0
            let metered = tick % 20 == 0 ? 7_000 - requested : nil
            parts += [capture.take(self.sample(tick, requested, metered: metered), awardWatts: 10_000)].compactMap {
                $0
            }
        }
        return parts
    }

    @Test func anActivationIsKeptWithWhatWentBeforeIt() throws {
        var capture = ActivationCapture(resource: "R", product: "P")
        let parts = self.run(&capture, seconds: 300, asked: 60..<90)
        let part = try #require(parts.first)
        #expect(parts.count == 1 && part.number == 1 && part.began == Instant(seconds: self.began + 60))
        #expect(part.samples.first?.at == Instant(seconds: self.began + 30), "thirty seconds before it")
        // A minute after the last sample that was asked for, at 89.95 s.
        #expect(part.samples.last?.at == self.sample(89 * 20 + 19 + 1_200, 0).at)
        #expect(part.samples.count == 120 * 20 && part.samples.count { $0.meteredWatts != nil } == 120)
        let left = capture.finish()
        #expect(left == nil && capture.count <= 36 * 20)
    }

    /// Less than the threshold is none; a second activation within the minute belongs to the first.
    @Test func smallRequestsAreNoActivation() {
        var capture = ActivationCapture(resource: "R", product: "P")
        #expect(self.run(&capture, seconds: 200, asked: 60..<90, watts: 499).isEmpty)
        var other = ActivationCapture(resource: "R", product: "P")
        var parts: [ProofPart] = []
        for tick in 0..<200 * 20 {
            let isAsked = (60..<70).contains(tick / 20) || (100..<110).contains(tick / 20)
            parts += [other.take(self.sample(tick, isAsked ? -500 : 0), awardWatts: 10_000)].compactMap { $0 }
        }
        #expect(parts.count == 1 && parts[0].samples.last?.at == self.sample(109 * 20 + 19 + 1_200, 0).at)
    }

    /// What never ends is handed over in parts; memory stays bounded.
    @Test func aLongActivationComesInParts() {
        var limits = ActivationCapture.Limits()
        limits.mostSamples = 1_000
        var capture = ActivationCapture(resource: "R", product: "P", limits: limits)
        var (parts, most) = ([ProofPart](), 0)
        for tick in 0..<10_000 {
            parts += [capture.take(self.sample(tick, 5_000), awardWatts: 10_000)].compactMap { $0 }
            most = max(most, capture.count)
        }
        parts += [capture.finish()].compactMap { $0 }
        #expect(parts.map(\.number) == Array(1...10) && Set(parts.map(\.began)).count == 1 && most <= 1_000)
        #expect(parts.flatMap(\.samples).map(\.at) == (0..<10_000).map { self.sample($0, 0).at }, "each once")
        var quiet = ActivationCapture(resource: "R", product: "P", limits: limits)
        for tick in 0..<5_000 {
            _ = quiet.take(self.sample(tick, 0), awardWatts: 10_000)
            most = max(most, quiet.count)
        }
        #expect(most <= 1_000)
    }

    /// The same moment twice, or one before it, is left out.
    @Test func timeRunsForward() {
        var capture = ActivationCapture(resource: "R", product: "P")
        for tick in [0, 1, 1, 0, 2] { _ = capture.take(self.sample(tick, 5_000), awardWatts: 10_000) }
        #expect(capture.finish()?.samples.map(\.at) == [0, 1, 2].map { self.sample($0, 0).at })
    }

    @Test func aFileIsReadAsItWasWritten() throws {
        var capture = ActivationCapture(resource: "depot/nörd", product: "GB-DCL")
        let part = try #require(self.run(&capture, seconds: 300, asked: 60..<90).first)
        #expect(ProofFile.name(part) == "depot%2fn%c3%b6rd_GB-DCL_1000060000000_1.csv")
        let text = ProofFile.text(part)
        #expect(try ProofFile.samples(text) == part.samples)
        #expect(throws: ProofFile.Unreadable.self) { try ProofFile.samples("time\n1") }
        #expect(throws: ProofFile.Unreadable.self) { try ProofFile.samples(text + "1,2\n") }
        #expect(throws: ProofFile.Unreadable.self) { try ProofFile.samples("") }
    }

    private func rows(_ samples: [ProofSample], _ milliseconds: Int) -> [String] {
        ProofFile.export(samples, period: .milliseconds(milliseconds)) { "\($0.microseconds - self.began * 1_000_000)" }
            .split(separator: "\n").map(String.init)
    }

    /// At the product's rate: 20 Hz as it was taken, 1 Hz each twentieth; beats that are late are no holes, silence is.
    @Test func exportsAtTheProductsRate() {
        let samples = (0..<40).map { self.sample($0, 100, metered: $0 % 20 == 0 ? 6_900 : nil) }
        let fast = self.rows(samples, 50)
        #expect(fast.count == 41 && fast[0] == "time,frequency_hz,requested_w,setpoint_w,metered_w")
        #expect(fast[2] == "50000,49.901,100,6900,6900")
        let slow = self.rows(samples, 1_000)
        #expect(slow.dropFirst() == ["0,49.900,100,6900,6900", "1000000,49.906,100,6900,6900"])
        var late = samples
        for index in late.indices where index % 3 == 1 { late[index].at = late[index].at + .milliseconds(20) }
        #expect(self.rows(late, 50).dropFirst().allSatisfy { !$0.contains(",,") })
        let silent = samples.filter { !(10..<30).contains(($0.at.microseconds - self.began * 1_000_000) / 50_000) }
        let holes = self.rows(silent, 50).dropFirst().filter { $0.contains(",,,") }
        #expect(holes.count == 18, "all but the two beside a sample: \(holes.count)")
        #expect(self.rows([], 50).count == 1)
    }

    /// What the controller asks and tells, and what the meters of those say that have one.
    @Test func aMomentIsWhatWasAskedAndTold() throws {
        let members = (0..<4).map { member($0, base: 7_000, low: -20_000, high: 20_000) } as [StackMember]
        var bench = Bench(members, [product(up: 40_000)])
        _ = bench.request(0)
        bench.step()
        _ = bench.request(12_000)
        bench.step()
        let moment = try #require(bench.controllers[0].moments { $0 < 2 ? 6_000 : nil }.first)
        #expect(moment.resource == "R" && moment.product == "P" && moment.awardWatts == 40_000)
        #expect(moment.requestedWatts == 12_000 && moment.setpointWatts == 16_000 && bench.total == 16_000)
        #expect(moment.meteredWatts == 12_000 && bench.controllers[0].moments().first?.meteredWatts == nil)
    }
}
