import Domain
import GridCodes

/// A local-curve product's request at a frequency, with its gain, W, + = up.
func curveRequest(_ product: PlanProduct, milliHertz: Int) -> Int {
    let response = curveResponse(product.curve, milliHertz: milliHertz)
    let award = response >= 0 ? product.awardUp.watts : product.awardDown.watts
    let spare = response >= 0 ? product.spareUp.watts : product.spareDown.watts
    let gained = roundedDivision(award * response * product.gainPerMille, 1_000_000)
    return min(max(gained, -(award + spare)), award + spare)
}

/// The curve that an entry's own segments make: absolute power over frequency, at most 20 points.
func residentCurve(_ plan: EdgePlan, entry: Int) -> [CurvePower] {
    let base = Int(plan.plan.entries[entry].base)
    var frequencies: Set<Int> = []
    for (index, product) in plan.plan.products.enumerated() where product.activation == .localCurve
    {
        for point in product.curve { frequencies.insert(point.milliHertz) }
        for (sign, segments) in [(1, plan.up[index]), (-1, plan.down[index])] {
            for segment in segments where segment.entry == entry {
                for request in [segment.start, segment.start + segment.height] {
                    if let knee = frequency(of: sign * request, product) {
                        frequencies.insert(knee)
                    }
                }
            }
        }
    }
    let points = frequencies.sorted().map { milliHertz in
        CurvePower(milliHertz: milliHertz, watts: base + shift(plan, entry, milliHertz: milliHertz))
    }
    return Array(simplified(points).prefix(20))
}

/// How far an entry moves from its base at a frequency, W, + = charge.
private func shift(_ plan: EdgePlan, _ entry: Int, milliHertz: Int) -> Int {
    var sum = 0
    for (index, product) in plan.plan.products.enumerated() where product.activation == .localCurve
    {
        let request = curveRequest(product, milliHertz: milliHertz)
        let segments = request >= 0 ? plan.up[index] : plan.down[index]
        for segment in segments where segment.entry == entry {
            let moved = segment.moved(by: Int(request.magnitude))
            sum += request >= 0 ? -moved : moved
        }
    }
    return sum
}

/// The frequency at which a product asks for `request` (+ = up), where its curve passes it on a slope.
private func frequency(of request: Int, _ product: PlanProduct) -> Int? {
    let award = request >= 0 ? product.awardUp.watts : product.awardDown.watts
    guard award > 0, product.gainPerMille > 0 else { return nil }
    let wanted = request * 1_000_000
    for (low, high) in zip(product.curve, product.curve.dropFirst()) {
        let first = award * low.perMille * product.gainPerMille
        let second = award * high.perMille * product.gainPerMille
        guard first != second, min(first, second) <= wanted, wanted <= max(first, second) else {
            continue
        }
        let width = high.milliHertz - low.milliHertz
        return low.milliHertz + (first - wanted) / 1000 * width / ((first - second) / 1000)
    }
    return nil
}

/// Leaves out points on the straight line between their neighbours.
private func simplified(_ points: [CurvePower]) -> [CurvePower] {
    var kept: [CurvePower] = []
    for (index, point) in points.enumerated() {
        if let last = kept.last, index + 1 < points.count {
            let next = points[index + 1]
            let width = next.milliHertz - last.milliHertz
            let rise = (next.watts - last.watts) * (point.milliHertz - last.milliHertz)
            if last.watts * width + rise == point.watts * width { continue }
        }
        kept.append(point)
    }
    return kept
}

/// True where two curves differ by more than 5 mHz in a knee or 2 % (at least 100 W) in a power.
func curvesDiffer(_ old: [CurvePower], _ new: [CurvePower]) -> Bool {
    guard old.count == new.count else { return true }
    return zip(old, new).contains { old, new in
        (old.milliHertz - new.milliHertz).magnitude > 5
            || (old.watts - new.watts).magnitude > max(100, old.watts.magnitude / 50)
    }
}

/// The power that a curve gives at a frequency, W: linear between its points, held beyond its ends.
package func power(of curve: [CurvePower], at milliHertz: Int) -> Int? {
    guard let first = curve.first, let last = curve.last else { return nil }
    if milliHertz <= first.milliHertz { return first.watts }
    for (low, high) in zip(curve, curve.dropFirst()) where milliHertz <= high.milliHertz {
        let rise = (high.watts - low.watts) * (milliHertz - low.milliHertz)
        return low.watts + roundedDivision(rise, max(1, high.milliHertz - low.milliHertz))
    }
    return last.watts
}
