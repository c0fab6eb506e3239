import Domain
import FleetLink
import Testing

/// Frames that no worker and no aggregator of ours sends: refused, counted, and nothing changes.
@Suite struct BadInputTests {
    private let now = Instant(seconds: 1_795_464_000)
    private let years = [Instant(seconds: 0), Instant(seconds: 4_102_444_800), .distantPast, .distantFuture]

    /// A hub that worker `w` has said hello to, and that took one telemetry frame.
    private func hub() -> HubMachine {
        var hub = HubMachine(epoch: Epoch(3))
        let hello = ControlMessage.hello(worker: "w", incarnation: Incarnation(1), versions: 1...3, clock: self.now)
        _ = hub.control(hello.encoded(), from: "w", at: self.now)
        _ = hub.telemetry(self.frame(1).encoded(), from: "w", at: self.now)
        return hub
    }

    private func frame(_ sequence: UInt64) -> TelemetryFrame {
        var frame = telemetry
        frame.sequence = sequence
        frame.sentAt = self.now
        return frame
    }

    /// Takes a telemetry frame that has to be refused: nothing comes of it, it is counted, and the next good one is the
    /// next in order.
    private func expectRefused(_ bytes: [UInt8], _ name: String, _ count: KeyPath<HubMachine.Counts, Int>) {
        var hub = self.hub()
        #expect(hub.telemetry(bytes, from: "w", at: self.now).isEmpty, "\(name)")
        #expect(hub.counts[keyPath: count] == 1, "\(name) is counted: \(hub.counts)")
        let next = hub.telemetry(self.frame(2).encoded(), from: "w", at: self.now)
        #expect(next == [.event(.telemetry(self.frame(2).batch))] && hub.counts.gaps == 0, "\(name) changed something")
    }

    @Test func telemetryFrames() {
        let good = self.frame(2).encoded()
        func with(_ value: [UInt8], at place: Int) -> [UInt8] {
            var bytes = good
            bytes.replaceSubrange(place..<place + value.count, with: value)
            return bytes
        }
        self.expectRefused(with([9, 0], at: 4), "an unknown version", \.malformed)
        self.expectRefused(with([0, 0], at: 4), "version 0", \.malformed)
        self.expectRefused(with([0, 0], at: 6), "records of no bytes", \.malformed)
        self.expectRefused(with([0xFF, 0xFF], at: 6), "records of 65,535 bytes", \.malformed)
        self.expectRefused(with([0xFF, 0xFF, 0xFF, 0xFF], at: 8), "four thousand million records", \.malformed)
        self.expectRefused(with([1, 1, 0, 0], at: 8), "257 records", \.malformed)
        self.expectRefused(with([3, 0, 0, 0], at: 8), "one record more than there are bytes", \.malformed)
        for count in stride(from: 0, to: good.count, by: 7) {
            self.expectRefused(Array(good.prefix(count)), "cut at \(count)", \.malformed)
        }
        var other = self.frame(2)
        other.worker = "x"
        self.expectRefused(other.encoded(), "another worker's", \.strangers)
        other = self.frame(2)
        other.incarnation = Incarnation(7)
        self.expectRefused(other.encoded(), "of another life", \.strangers)
        self.expectRefused(self.frame(1).encoded(), "heard before", \.replayed)
        for year in self.years + [self.now + .seconds(3), self.now - .seconds(601)] {
            var frame = self.frame(2)
            frame.sentAt = year
            self.expectRefused(frame.encoded(), "sent at \(year.seconds)", \.clockErrors)
        }
    }

    /// What was under way while a link was down comes late, and is taken for what it was.
    @Test func telemetryOfMinutesAgoIsNoError() {
        var hub = self.hub()
        var frame = self.frame(2)
        frame.sentAt = self.now - .seconds(120)
        #expect(hub.telemetry(frame.encoded(), from: "w", at: self.now).count == 1 && hub.counts.clockErrors == 0)
    }

    @Test func clocksOfAnotherCentury() {
        for year in self.years {
            var hub = HubMachine(epoch: Epoch(3))
            let hello = ControlMessage.hello(worker: "w", incarnation: Incarnation(1), versions: 1...3, clock: year)
            let answer = hub.control(hello.encoded(), from: "w", at: self.now)
            guard case .refuse(_, let reason)? = answer.first else {
                Issue.record("a hello of \(year) is taken: \(answer)")
                continue
            }
            #expect(reason.contains("clock") && hub.counts.clockErrors == 1 && hub.present.isEmpty)
            var known = self.hub()
            let beat = known.control(ControlMessage.heartbeat(clock: year).encoded(), from: "w", at: self.now)
            #expect(beat.last == .event(.workerLost("w")) && known.counts.clockErrors == 1)
        }
    }

    /// A charging point that draws less than nothing is none.
    @Test func negativeCapacities() {
        func registration(_ charge: Int, _ discharge: Int, _ minimum: Int, _ step: Int, _ response: Int) -> [UInt8] {
            let point = Registration(
                slot: 1, generation: 1, station: "s", evse: 1, token: nil, capability: .setpoint,
                maxCharge: Power(watts: charge), maxDischarge: Power(watts: discharge),
                minimumPower: Power(watts: minimum), step: Power(watts: step), responseTime: .milliseconds(response))
            return ControlMessage.register(incarnation: Incarnation(1), [point]).encoded()
        }
        var hub = self.hub()
        #expect(hub.control(registration(22_000, 0, 0, 100, 200), from: "w", at: self.now).count == 1)
        for bytes in [
            registration(-22_000, 0, 0, 100, 200), registration(22_000, -1, 0, 100, 200),
            registration(22_000, 0, -1_380, 100, 200), registration(22_000, 0, 0, -100, 200),
            registration(22_000, 0, 0, 100, -1), registration(Int(Int32.min), 0, 0, 100, 200),
        ] {
            let before = hub.counts.malformed
            let answer = hub.control(bytes, from: "w", at: self.now)
            guard case .refuse(_, let reason)? = answer.first else {
                Issue.record("taken: \(answer)")
                continue
            }
            #expect(reason.contains("negative") && answer.count == 1 && hub.counts.malformed == before + 1)
        }
    }

    /// The worker's side: what an aggregator whose clock is wrong says is not obeyed, however well it is signed.
    @Test func signalsOfAnotherTime() {
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        _ = link.control(
            ControlMessage.welcome(epoch: Epoch(3), version: 3, clock: self.now).encoded(), at: self.now)
        func hear(_ sequence: UInt64, sent: Instant, expiry: Instant) -> [LinkAction] {
            let signal = DispatchSignal(
                plan: plan.id, planHash: 5, product: "P", sequence: sequence, sentAt: sent, validFrom: sent,
                expiry: expiry, slow: 0, fast: 1_000, trace: .none)
            return link.signal(SignalFrame.dispatch(signal).encoded(), at: self.now)
        }
        #expect(hear(1, sent: self.now, expiry: self.now + .seconds(5)).count == 1)
        #expect(hear(2, sent: self.now + .seconds(300), expiry: self.now + .seconds(305)).isEmpty)
        #expect(hear(3, sent: .distantFuture, expiry: .distantFuture).isEmpty)
        #expect(link.clockErrors == 2)
        #expect(hear(4, sent: self.now - .seconds(300), expiry: self.now - .seconds(295)).isEmpty && link.expired == 1)
        #expect(hear(5, sent: self.now - .seconds(1), expiry: self.now + .seconds(4)).count == 1, "nothing was broken")
        // A lease that would outlive its leader by years.
        #expect(
            link.control(ControlMessage.renew(plan.id, validUntil: .distantFuture).encoded(), at: self.now).isEmpty)
        #expect(link.clockErrors == 3)
        let renewed = self.now + .seconds(60)
        #expect(
            link.control(ControlMessage.renew(plan.id, validUntil: renewed).encoded(), at: self.now)
                == [.renew(plan.id, validUntil: renewed)])
    }

    /// Frames that are too short, of unknown kinds and of other versions, on every way in.
    @Test func unknownVersionsAndKinds() {
        var hub = self.hub()
        var link = LinkMachine(worker: "w", incarnation: Incarnation(1))
        let beat = ControlMessage.heartbeat(clock: self.now).encoded()
        for (place, value) in [(4, 0), (4, 4), (5, 255), (0, 1)] as [(Int, UInt8)] {
            var bytes = beat
            bytes[place] = value
            let before = hub.counts.malformed
            let answer = hub.control(bytes, from: "w", at: self.now)
            guard case .refuse(_, let reason)? = answer.first, !reason.isEmpty else {
                Issue.record("byte \(place) = \(value) is taken: \(answer)")
                continue
            }
            #expect(hub.counts.malformed == before + 1 && hub.present == ["w"])
            let seen = link.malformed
            #expect(link.control(bytes, at: self.now).isEmpty && link.malformed == seen + 1)
        }
        let signal = signals[0].frame.encoded()
        for count in 0..<signal.count {
            #expect(link.signal(Array(signal.prefix(count)), at: self.now).isEmpty)
        }
        #expect(link.malformed == 4 + signal.count, "signals that cannot be read are counted too")
    }
}
