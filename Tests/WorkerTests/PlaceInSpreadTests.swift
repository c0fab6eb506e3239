import Domain
import Testing

@testable import Worker

/// Many stations that lose us at once let go one after the other.
@Suite struct PlaceInSpreadTests {
    /// How many of the places lie within a tenth of the spread, at most.
    private func most(_ names: [String]) -> Int {
        let places = names.map { StationID($0).placeInSpread }.sorted()
        #expect(places.allSatisfy { (0..<1_000).contains($0) })
        return places.indices.map { first in places[first...].count { $0 < places[first] + 100 } }.max() ?? 0
    }

    /// However they are numbered, and whichever of them stand at one site: two in a tenth more than their share at most.
    @Test(arguments: ["S", "CP-", "DE*ABC*E00", ""], [1, 2, 3, 4])
    func aRowOfStationsIsSpreadEvenly(_ row: String, every: Int) {
        for count in [12, 24, 100] {
            let names = (1...count).map { "\(row)\($0 * every)" }
            #expect(self.most(names) <= count / 10 + 2, "\(count) stations of \(row)")
        }
    }

    /// Names without numbers, and rows of their own, lie like dice.
    @Test func othersAreSpreadAtAll() {
        let letters = (0..<26).flatMap { one in (0..<26).map { "\(Self.letter(one))\(Self.letter($0))-charger" } }
        #expect(self.most(letters) < 100 && self.most(letters.map { $0 + "-1" }) < 100)
        #expect(self.most(["north-1", "south-1", "east-1", "west-1", "yard-1", "roof-1"]) <= 3)
    }

    private static func letter(_ number: Int) -> String { String(UnicodeScalar(UInt8(97 + number))) }
}
