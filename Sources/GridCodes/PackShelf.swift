public import Domain

/// The versions of one or more regions' packs, each valid from a day on.
public struct PackShelf: Sendable {
    public var packs: [RegionPack]

    public init(_ packs: [RegionPack]) {
        self.packs = packs
    }

    /// The version of a region that holds on a day, or nil.
    public func pack(_ region: RegionID, on day: CivilDate) -> RegionPack? {
        self.packs.first { pack in
            guard pack.region == region, let from = CivilDate(pack.validFrom), from <= day else { return false }
            return pack.validTo.flatMap { CivilDate($0) }.map { day <= $0 } ?? true
        }
    }

    /// What is wrong between versions: two that hold on the same day.
    public var findings: [String] {
        var findings: [String] = []
        for (index, pack) in self.packs.enumerated() {
            for other in self.packs[(index + 1)...] where other.region == pack.region && Self.overlap(pack, other) {
                findings.append(
                    "\(pack.region): the versions of \(pack.validFrom) and \(other.validFrom) overlap: "
                        + "end the earlier with validTo the day before the later")
            }
        }
        return findings
    }

    private static func overlap(_ one: RegionPack, _ other: RegionPack) -> Bool {
        guard let first = CivilDate(one.validFrom), let second = CivilDate(other.validFrom) else { return false }
        let firstEnd = one.validTo.flatMap { CivilDate($0) } ?? CivilDate(days: .max)
        let secondEnd = other.validTo.flatMap { CivilDate($0) } ?? CivilDate(days: .max)
        return first <= secondEnd && second <= firstEnd
    }
}
