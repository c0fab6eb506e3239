import Domain
import GridCodes

/// A local-curve product's request at a frequency, with its gain, W, + = up.
func curveRequest(_ product: PlanProduct, milliHertz: Int) -> Int {
    // In millionths: at a knee, whole per mille of a large award are more than a car's least power.
    let response = curveResponse(product.curve, milliHertz: milliHertz, scale: 1000)
    let award = response >= 0 ? product.awardUp.watts : product.awardDown.watts
    let spare = response >= 0 ? product.spareUp.watts : product.spareDown.watts
    let gained = roundedDivision(award * response * product.gainPerMille, 1_000_000_000)
    return min(max(gained, -(award + spare)), award + spare)
}

/// A segment of an armed entry with its product; `sign` + for up. 24 bytes.
private struct OwnSegment: Hashable {
    private var own: Int32
    private var direction: Int32
    var start: Int
    var height: Int

    init(_ segment: PlacedSegment, product: Int, sign: Int) {
        self.own = Int32(product)
        self.direction = Int32(sign)
        self.start = segment.start
        self.height = segment.height
    }

    var product: Int { Int(self.own) }
    var sign: Int { Int(self.direction) }

    func moved(by request: Int) -> Int { min(max(request - self.start, 0), self.height) }
}

/// The curves of a plan's armed entries, with what each of them was made from. All in one column: an array for each car
/// would be counted up and down with every plan.
struct ResidentCurves: Sendable {
    /// Absolute power over frequency, one curve after the other.
    private var points: [CurvePower] = []
    /// By entry: where its curve begins; one more at the end.
    private var curveStarts: [Int32] = []
    /// An entry's own segments stand side by side, from `starts[entry]` on.
    private var own: [OwnSegment] = []
    private var starts: [Int] = []

    /// `before` is the plan in force, whose curves are taken over where nothing changed that makes them.
    init(
        _ plan: WorkerPlan, up: [[PlacedSegment]], down: [[PlacedSegment]], armed: [Bool], before: EdgePlan?
    ) {
        guard armed.contains(true) else { return }
        self.collect(plan, up, down, armed)
        let knees = plan.products.filter { $0.activation == .localCurve }.flatMap { $0.curve.map(\.milliHertz) }
        let old = before.flatMap { Self.areAlike($0.plan.products, plan.products) ? $0 : nil }
        self.points.reserveCapacity(old?.resident.points.count ?? knees.count * plan.entries.count)
        self.curveStarts.reserveCapacity(plan.entries.count + 1)
        var frequencies: [Int] = []
        for entry in plan.entries.indices {
            self.curveStarts.append(Int32(self.points.count))
            guard armed[entry] else { continue }
            if let old, let index = self.same(entry, plan.entries[entry], in: old) {
                self.points.append(contentsOf: old.resident[index])
                continue
            }
            self.points += residentCurve(
                plan, base: Int(plan.entries[entry].base), own: self.own[self.starts[entry]..<self.starts[entry + 1]],
                knees: knees, &frequencies)
        }
        self.curveStarts.append(Int32(self.points.count))
    }

    /// An entry's curve, at most ``mostCurvePoints`` points; empty where it is not armed.
    subscript(entry: Int) -> ArraySlice<CurvePower> {
        guard !self.curveStarts.isEmpty else { return [] }
        return self.points[Int(self.curveStarts[entry])..<Int(self.curveStarts[entry + 1])]
    }

    /// The entry of another plan that has the same products, where it has the same base and the same segments there.
    private func same(_ entry: Int, _ terms: PlanEntry, in old: EdgePlan) -> Int? {
        guard let index = old.entryOfSlot[terms.slot], old.armed[index], old.plan.entries[index].base == terms.base,
            self.hasSameSegments(entry, index, of: old.resident)
        else { return nil }
        return index
    }

    private func hasSameSegments(_ entry: Int, _ index: Int, of old: Self) -> Bool {
        let count = self.starts[entry + 1] - self.starts[entry]
        guard old.starts[index + 1] - old.starts[index] == count else { return false }
        for place in 0..<count {
            guard old.own[old.starts[index] + place] == self.own[self.starts[entry] + place] else { return false }
        }
        return true
    }

    private mutating func collect(
        _ plan: WorkerPlan, _ up: [[PlacedSegment]], _ down: [[PlacedSegment]], _ armed: [Bool]
    ) {
        self.starts = Array(repeating: 0, count: plan.entries.count + 1)
        for (index, product) in plan.products.enumerated() where product.activation == .localCurve {
            for segment in up[index] where armed[segment.entry] { self.starts[segment.entry + 1] += 1 }
            for segment in down[index] where armed[segment.entry] { self.starts[segment.entry + 1] += 1 }
        }
        for entry in plan.entries.indices { self.starts[entry + 1] += self.starts[entry] }
        let none = OwnSegment(PlacedSegment(entry: 0, start: 0, height: 0), product: 0, sign: 1)
        self.own = Array(repeating: none, count: self.starts[plan.entries.count])
        // A stable order by entry.
        var next = self.starts
        for (index, product) in plan.products.enumerated() where product.activation == .localCurve {
            for (sign, segments) in [(1, up[index]), (-1, down[index])] {
                for segment in segments where armed[segment.entry] {
                    self.own[next[segment.entry]] = OwnSegment(segment, product: index, sign: sign)
                    next[segment.entry] += 1
                }
            }
        }
    }

    /// Products that make the same curves: where cells begin is in the segments.
    private static func areAlike(_ old: [PlanProduct], _ new: [PlanProduct]) -> Bool {
        old.count == new.count
            && zip(old, new).allSatisfy {
                $0.activation == $1.activation && $0.awardUp == $1.awardUp && $0.awardDown == $1.awardDown
                    && $0.spareUp == $1.spareUp && $0.spareDown == $1.spareDown && $0.curve == $1.curve
                    && $0.gainPerMille == $1.gainPerMille
            }
    }
}

/// The curve that an entry's own segments make. `frequencies` is scratch.
private func residentCurve(
    _ plan: WorkerPlan, base: Int, own: ArraySlice<OwnSegment>, knees: [Int], _ frequencies: inout [Int]
) -> [CurvePower] {
    frequencies.removeAll(keepingCapacity: true)
    frequencies += knees
    for part in own {
        // Rounded so that at its first knee a segment has not yet moved and at its last it has wholly: a car whose
        // base is its least power would else be below it long before its turn.
        let start = part.sign * part.start
        let end = start + part.sign * part.height
        if let knee = frequency(of: start, plan.products[part.product], isHigher: part.sign > 0) {
            frequencies.append(knee)
        }
        if let knee = frequency(of: end, plan.products[part.product], isHigher: part.sign < 0) {
            frequencies.append(knee)
        }
    }
    frequencies.sort()
    var points: [CurvePower] = []
    points.reserveCapacity(frequencies.count)
    for milliHertz in frequencies where points.last?.milliHertz != milliHertz {
        append(
            CurvePower(milliHertz: milliHertz, watts: base + shift(plan, own, milliHertz: milliHertz)), to: &points)
    }
    return simplified(points)
}

/// Adds a point; the last one goes where it lies on the straight line to it.
private func append(_ point: CurvePower, to points: inout [CurvePower]) {
    if points.count > 1 {
        let first = points[points.count - 2]
        let middle = points[points.count - 1]
        let width = point.milliHertz - first.milliHertz
        let rise = (point.watts - first.watts) * (middle.milliHertz - first.milliHertz)
        if first.watts * width + rise == middle.watts * width { points.removeLast() }
    }
    points.append(point)
}

/// Most points of a station's curve (OCPP 2.1, `v2xFreqWattCurve`).
let mostCurvePoints = 20

/// A curve of more points than a station takes, less those that bend it least: each is left out where the straight
/// line between its neighbours misses it by the fewest watts. The ends stay.
private func simplified(_ points: [CurvePower]) -> [CurvePower] {
    guard points.count > mostCurvePoints else { return points }
    var points = points
    while points.count > mostCurvePoints {
        var least = (index: 1, bend: Int.max)
        for index in 1..<points.count - 1 {
            let (before, after) = (points[index - 1], points[index + 1])
            let rise = (after.watts - before.watts) * (points[index].milliHertz - before.milliHertz)
            let line = before.watts + rise / max(1, after.milliHertz - before.milliHertz)
            let bend = Int((points[index].watts - line).magnitude)
            if bend < least.bend { least = (index, bend) }
        }
        points.remove(at: least.index)
    }
    return points
}

/// How far an entry's own segments move it from its base at a frequency, W, + = charge.
private func shift(_ plan: WorkerPlan, _ own: ArraySlice<OwnSegment>, milliHertz: Int) -> Int {
    own.reduce(0) { sum, part in
        let request = curveRequest(plan.products[part.product], milliHertz: milliHertz)
        guard (request >= 0) == (part.sign > 0) else { return sum }
        return sum - part.sign * part.moved(by: Int(request.magnitude))
    }
}

/// The frequency at which a product asks for `request` (+ = up), where its curve passes it on a slope; the whole mHz
/// above it or below it.
private func frequency(of request: Int, _ product: PlanProduct, isHigher: Bool) -> Int? {
    let award = request >= 0 ? product.awardUp.watts : product.awardDown.watts
    guard award > 0, product.gainPerMille > 0 else { return nil }
    let wanted = request * 1_000_000
    for index in product.curve.indices.dropFirst() {
        let (low, high) = (product.curve[index - 1], product.curve[index])
        let first = award * low.perMille * product.gainPerMille
        let second = award * high.perMille * product.gainPerMille
        guard first != second, min(first, second) <= wanted, wanted <= max(first, second) else {
            continue
        }
        let width = high.milliHertz - low.milliHertz
        // In thousandths, so that a large award times a wide slope still fits.
        let way = (abs(first - wanted) + (isHigher ? 999 : 0)) / 1000 * width
        let whole = max(1, abs(first - second) / 1000)
        return low.milliHertz + min(width, (way + (isHigher ? whole - 1 : 0)) / whole)
    }
    return nil
}

/// True where two curves differ by more than 5 mHz in a knee or 2 % (at least 100 W) in a power.
func curvesDiffer(_ old: [CurvePower], _ new: ArraySlice<CurvePower>) -> Bool {
    guard old.count == new.count else { return true }
    return zip(old, new).contains { old, new in
        (old.milliHertz - new.milliHertz).magnitude > 5
            || (old.watts - new.watts).magnitude > max(100, old.watts.magnitude / 50)
    }
}

/// The power that a curve gives at a frequency, W: linear between its points, held beyond its ends.
public func power(of curve: [CurvePower], at milliHertz: Int) -> Int? {
    guard let first = curve.first, let last = curve.last else { return nil }
    if milliHertz <= first.milliHertz { return first.watts }
    for index in 1..<curve.count where milliHertz <= curve[index].milliHertz {
        let (low, high) = (curve[index - 1], curve[index])
        let rise = (high.watts - low.watts) * (milliHertz - low.milliHertz)
        return low.watts + roundedDivision(rise, max(1, high.milliHertz - low.milliHertz))
    }
    return last.watts
}
