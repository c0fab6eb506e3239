import Domain
import GridCodes
import Testing

@testable import Control

/// The curves that stations hold themselves.
@Suite struct ResidentCurveTests {
    /// Cars whose base is their least power stand still until it is their turn: a curve that dips a watt below the
    /// base before its own first knee would let all of them drop to nothing at once.
    @Test func noCurveMovesBeforeItsTurn() {
        let members =
            (0..<40).map {
                member($0, base: 1_400, low: 0, high: 11_000, resident: true)
            } as [StackMember]
        var bench = Bench(members, [product(activation: .localCurve, up: 56_000)], minimum: 1_380, step: 100)
        _ = bench.request(0)
        bench.step(milliHertz: 50_000)
        #expect(bench.curves.count == 40)
        for milliHertz in stride(from: 49_985, through: 49_500, by: -1) {
            let moving = bench.curves.values.count { curve in
                let watts = power(of: curve, at: milliHertz) ?? 0
                return watts > 20 && watts < 1_380
            }
            #expect(moving <= 2, "\(moving) cars on their way at \(milliHertz) mHz")
        }
    }
}
