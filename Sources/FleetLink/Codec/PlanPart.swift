public import Domain

/// One message's worth of what changed of a plan: the lists of a ``PlanPatch`` one piece after another, its products in
/// the first part.
public struct PlanPart: Hashable, Sendable {
    public static let mostGone = 20_000
    public static let mostEntries = 5_000
    public static let mostSegments = 20_000
    /// Of one change: more than any plan that an edge controller takes needs.
    public static let mostParts = 64

    /// What the lists hold in this part.
    public var patch: PlanPatch
    /// Of the plan after the change.
    public var hash: UInt64
    /// From 0.
    public var part: UInt16
    public var parts: UInt16

    public init(patch: PlanPatch, hash: UInt64, part: UInt16, parts: UInt16) {
        self.patch = patch
        self.hash = hash
        self.part = part
        self.parts = parts
    }

    /// A change as messages in their order; none where it needs more than ``mostParts``.
    public static func split(_ patch: PlanPatch, hash: UInt64) -> [PlanPart] {
        func pieces(_ count: Int, _ most: Int) -> Int { (count + most - 1) / most }
        let count = max(
            1, pieces(patch.gone.count, self.mostGone), pieces(patch.entries.count, self.mostEntries),
            pieces(patch.segments.count, self.mostSegments))
        guard count <= self.mostParts, patch.products.count <= ControlMessage.mostProducts else { return [] }
        return (0..<count).map { part in
            var piece = patch
            if part > 0 { piece.products = [] }
            piece.gone = slice(patch.gone, part, self.mostGone)
            piece.entries = slice(patch.entries, part, self.mostEntries)
            piece.segments = slice(patch.segments, part, self.mostSegments)
            return PlanPart(patch: piece, hash: hash, part: UInt16(part), parts: UInt16(count))
        }
    }
}

/// Parts that came, until the last of them is here. They come one after another over one connection; whatever comes
/// between and does not fit begins anew.
struct PlanAssembly: Sendable {
    private var whole: PlanPart?

    enum Outcome {
        case waiting
        case complete(PlanPatch, hash: UInt64)
        /// It is not the next one: the plan has to be asked for.
        case torn
    }

    mutating func take(_ part: PlanPart) -> Outcome {
        if part.part == 0 {
            self.whole = part
        } else {
            guard var known = self.whole, known.part + 1 == part.part, known.parts == part.parts,
                known.hash == part.hash, known.patch.id == part.patch.id, known.patch.base == part.patch.base
            else {
                self.whole = nil
                return .torn
            }
            self.whole = nil
            known.part = part.part
            known.patch.gone += part.patch.gone
            known.patch.entries += part.patch.entries
            known.patch.segments += part.patch.segments
            self.whole = known
        }
        guard let whole = self.whole, whole.part + 1 == whole.parts else { return .waiting }
        self.whole = nil
        return .complete(whole.patch, hash: whole.hash)
    }

    /// A new connection begins with nothing.
    mutating func clear() { self.whole = nil }
}

private func slice<Element>(_ list: [Element], _ part: Int, _ most: Int) -> [Element] {
    Array(list[min(list.count, part * most)..<min(list.count, (part + 1) * most)])
}
