import Domain
import Testing

@testable import Twin

@Suite struct PlantTests {
    static let start = Instant(seconds: 1_800_000_000)

    static func plant(_ change: (inout PlantModel) -> Void = { _ in }) -> Plant {
        var model = PlantModel(
            maxCharge: Power(watts: 22_000), maxDischarge: Power(watts: 22_000),
            latency: .milliseconds(300), rampPerSecond: Power(watts: 100_000), meterNoisePerMille: 0
        )
        change(&model)
        var plant = Plant(model: model, seed: 1, at: Self.start)
        plant.plugIn(Battery(model: BatteryTests.model, at: StateOfCharge(basisPoints: 6_000)))
        return plant
    }

    static func run(
        _ plant: inout Plant, from: Instant, for span: TimeSpan, milliHertz: Int = 50_000
    )
        -> Instant
    {
        var now = from
        while now < from + span {
            now = now + .milliseconds(50)
            plant.step(to: now, milliHertz: milliHertz)
        }
        return now
    }

    static func setpoint(
        _ watts: Int, at now: Instant, duration: TimeSpan? = nil, level: Int = 5, id: Int = 1
    ) -> PlantProfile {
        PlantProfile(
            id: id, stackLevel: level, purpose: .transaction, isDynamic: true, start: now,
            duration: duration, periods: [.init(start: .zero, mode: .setpoint(Power(watts: watts)))]
        )
    }

    @Test func withoutAProfileItChargesWithoutLimit() {
        var plant = Self.plant()
        _ = Self.run(&plant, from: Self.start, for: .seconds(2))
        #expect(plant.power.watts == 22_000)
    }

    @Test func followsASetpointAfterItsLatency() {
        var plant = Self.plant()
        var now = Self.run(&plant, from: Self.start, for: .seconds(2))
        let installed = plant.profiles.install(Self.setpoint(-10_000, at: now))
        #expect(installed)
        now = Self.run(&plant, from: now, for: .milliseconds(250))
        #expect(plant.power.watts == 22_000, "not before the latency")
        now = Self.run(&plant, from: now, for: .milliseconds(600))
        #expect(plant.power.watts == -10_000)
    }

    @Test func watchdogFallsBackToTheLevelBelow() {
        var plant = Self.plant()
        let fallback = PlantProfile(
            id: 9, stackLevel: 0, purpose: .transaction, start: Self.start,
            periods: [.init(start: .zero, mode: .limit(.zero))])
        _ = plant.profiles.install(fallback)
        _ = plant.profiles.install(Self.setpoint(-10_000, at: Self.start, duration: .seconds(5)))
        var now = Self.run(&plant, from: Self.start, for: .seconds(4))
        #expect(plant.power.watts == -10_000)
        let updated = plant.profiles.update(id: 1, mode: .setpoint(Power(watts: -8_000)), at: now)
        #expect(updated)
        now = Self.run(&plant, from: now, for: .seconds(4))
        #expect(plant.power.watts == -8_000, "an update winds the watchdog up")
        now = Self.run(&plant, from: now, for: .seconds(3))
        #expect(plant.power.watts == 0, "silence ends the discharge")
    }

    @Test func holdsAFrequencyCurveByItself() {
        var plant = Self.plant()
        let curve = PlantProfile(
            id: 2, stackLevel: 3, purpose: .transaction, start: Self.start,
            periods: [
                .init(
                    start: .zero,
                    mode: .curve(
                        baseline: Power(watts: 5_000),
                        points: [
                            FrequencyWattPoint(milliHertz: 49_500, watts: -20_000),
                            FrequencyWattPoint(milliHertz: 49_985, watts: 0),
                            FrequencyWattPoint(milliHertz: 50_015, watts: 0),
                            FrequencyWattPoint(milliHertz: 50_500, watts: 10_000),
                        ]))
            ])
        _ = plant.profiles.install(curve)
        var now = Self.run(&plant, from: Self.start, for: .seconds(2), milliHertz: 50_000)
        #expect(plant.power.watts == 5_000)
        now = Self.run(&plant, from: now, for: .seconds(2), milliHertz: 49_200)
        #expect(plant.power.watts == -15_000)
        _ = Self.run(&plant, from: now, for: .seconds(2), milliHertz: 49_985 - 97)
        #expect(plant.power.watts == 5_000 - 4_000)
    }

    @Test func deadBandAndStepsBind() {
        var plant = Self.plant {
            $0.minimum = Power(watts: 1_380)
            $0.step = Power(watts: 690)
        }
        for (asked, comes) in [(1_000, 0), (1_500, 1_380), (-1_379, 0), (-5_000, -4_830)] {
            #expect(plant.model.quantised(Power(watts: asked)).watts == comes)
        }
        _ = plant.profiles.install(Self.setpoint(3_000, at: Self.start))
        _ = Self.run(&plant, from: Self.start, for: .seconds(2))
        #expect(plant.power.watts == 2_760)
    }

    @Test(arguments: [
        (Misbehaviour.ignores, 22_000), (.half, -5_000), (.mute, 22_000), (.none, -10_000),
    ])
    func misbehavesAsNamed(kind: Misbehaviour, watts: Int) {
        var plant = Self.plant { $0.misbehaviour = kind }
        _ = plant.profiles.install(Self.setpoint(-10_000, at: Self.start))
        _ = Self.run(&plant, from: Self.start, for: .seconds(5))
        #expect(plant.power.watts == watts)
    }

    @Test func offlineEndsAProfileThatSaysSo() {
        var stack = ProfileStack()
        var profile = Self.setpoint(-10_000, at: Self.start)
        profile.maxOffline = .zero
        _ = stack.install(profile)
        func target(_ since: Instant?) -> Int {
            stack.target(
                at: Self.start + .seconds(1), milliHertz: 50_000, offlineSince: since,
                unlimited: Power(watts: 22_000)
            ).watts
        }
        #expect(target(nil) == -10_000)
        #expect(target(Self.start) == 22_000)
    }

    @Test func stackIsBoundedAndReplaces() {
        var stack = ProfileStack()
        for level in 0..<ProfileStack.capacity {
            let fits = stack.install(Self.setpoint(0, at: Self.start, level: level, id: level))
            #expect(fits)
        }
        let over = stack.install(Self.setpoint(0, at: Self.start, level: 99, id: 99))
        #expect(!over, "the seventeenth is refused")
        let again = stack.install(Self.setpoint(7, at: Self.start, level: 3, id: 77))
        #expect(
            again && stack.profiles.count == ProfileStack.capacity,
            "same level and purpose replaces")
    }

    @Test func registersOnlyRise() {
        var plant = Self.plant()
        _ = plant.profiles.install(Self.setpoint(-10_000, at: Self.start))
        var now = Self.run(&plant, from: Self.start, for: .seconds(1))
        let early = plant.meter
        now = Self.run(&plant, from: now, for: .seconds(36))
        #expect(
            plant.meter.exportRegister.wattSeconds - early.exportRegister.wattSeconds == 360_000)
        #expect(plant.meter.importRegister == early.importRegister)
        #expect(plant.meter.reading.watts == -10_000)
        _ = now
    }
}
