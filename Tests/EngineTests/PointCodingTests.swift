import Domain
import Foundation
import Testing

@testable import Engine

/// How a point is written into checkpoints, and what was written before is read.
@Suite struct PointCodingTests {
    /// A trace as it was written when it had its last four samples at hand.
    private struct OldTrace: Codable {
        struct Recent: Codable {
            var first, second, third, fourth: MeterTrace.Sample
            var count: Int
        }
        var stored: [MeterTrace.Sample]
        var recent: Recent
        var isCut = false
        var lastNet = Energy.zero
        var integral = Energy.zero
        var throughput = Energy.zero
    }

    private func sample(_ number: Int) -> MeterTrace.Sample {
        .init(at: Instant(seconds: 100 + 4 * number), watts: 1_000 * number, begins: number == 0)
    }

    private func mark(_ trace: MeterTrace) -> UInt64 {
        var mark = Fingerprint()
        trace.fingerprint(into: &mark)
        return mark.value
    }

    @Test(arguments: 1...40)
    func aTraceThatIsReadGoesOnAsTheOneThatWasWritten(count: Int) throws {
        var bins = MeterBins(seconds: 120)
        var written = MeterTrace()
        func take(_ number: Int, _ trace: inout MeterTrace) {
            trace.take(at: Instant(seconds: 100 + 4 * number), watts: number, net: .zero, bins: &bins)
        }
        for number in 0..<count { take(number, &written) }
        var read = try JSONDecoder().decode(MeterTrace.self, from: JSONEncoder().encode(written))
        #expect(read.samples == written.samples)
        for number in count..<count + 30 {
            take(number, &written)
            take(number, &read)
            #expect(self.mark(read) == self.mark(written), "after \(number)")
        }
    }

    @Test(arguments: 1...4) func aTraceOfAnOldCheckpointIsRead(count: Int) throws {
        let old = OldTrace(
            stored: [self.sample(0)],
            recent: .init(
                first: self.sample(1), second: self.sample(2), third: self.sample(3), fourth: self.sample(4),
                count: count))
        let read = try JSONDecoder().decode(MeterTrace.self, from: JSONEncoder().encode(old))
        #expect(read.samples == (0...count).map { self.sample($0) })
        #expect(read.last == self.sample(count))
    }

    @Test func whatFewPointsHaveIsWrittenAsAnOptional() throws {
        func keys(_ point: Point) throws -> [String: Any] {
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(point)) as? [String: Any] ?? [:]
        }
        var point = Point()
        let none = try keys(point)
        #expect(none["test"] == nil && none["pledge"] == nil && none["deferral"] == nil && none["meter"] != nil)
        point.test = Point.Test(until: Instant(seconds: 9), before: 1, base: 2)
        point.test?.base = 3
        point.deferral = Point.Deferral(until: Instant(seconds: 8), wanted: 4)
        let some = try keys(point)
        #expect((some["test"] as? [String: Any])?["base"] as? Int == 3)
        let read = try JSONDecoder().decode(Point.self, from: JSONEncoder().encode(point))
        #expect(read.test?.base == 3 && read.deferral?.wanted == 4 && read.pledge == nil)
        point.test = nil
        #expect(point.test == nil && read.test != nil, "a copy keeps its own")
    }
}
