package import Domain

/// Builds the dispatch stack of one resource: who is moved at which request (dispatch.md section 2).
///
/// For each product and direction, segments lie end to end on the axis of requested power, ordered by
/// bucket, then worker, then slot. All *shift* segments (curtail or raise charging) come before all
/// *inject* segments (discharge), so no car discharges while another still charges.
package struct StackBuilder: Sendable {
    /// Merit buckets: 0–127 shift, 128–255 inject.
    package static let buckets = 256

    package var workers: [WorkerID]
    package var members: [StackMember]
    package var products: [StackProduct]

    package init(workers: [WorkerID], members: [StackMember], products: [StackProduct]) {
        precondition(products.count <= 32, "a member's eligibility is a mask of 32 bits")
        self.workers = workers
        self.members = members
        self.products = products
    }

    /// What one direction of one product got.
    package struct Held: Hashable, Sendable {
        package var product: Int
        package var direction: Direction
        /// Σ of heights, W.
        package var watts: Int
    }

    /// The plans of all workers, in the order of `workers`, and what each product holds.
    package func build(id: PlanID, validUntil: Instant) -> (plans: [WorkerPlan], held: [Held]) {
        var segments: [[PlanSegment]] = Array(repeating: [], count: self.workers.count)
        var held: [Held] = []
        var tables: [[(up: [Int], down: [Int])]] = Array(
            repeating: Array(repeating: ([], []), count: self.products.count), count: self.workers.count)
        for direction in Direction.allCases {
            var taken = Taken(count: self.members.count)
            for index in self.products.indices {
                let wanted = direction == .up ? self.products[index].up : self.products[index].down
                let cells = self.fill(
                    index, direction, wanted: wanted, taken: &taken, segments: &segments)
                held.append(Held(product: index, direction: direction, watts: cells.total))
                for worker in self.workers.indices {
                    let table = cells.starts(of: worker, workers: self.workers.count)
                    if direction == .up { tables[worker][index].up = table } else { tables[worker][index].down = table }
                }
            }
        }
        let plans = self.workers.indices.map { worker in
            self.plan(id, validUntil, worker, tables[worker], segments[worker])
        }
        return (plans, held)
    }

    private func plan(
        _ id: PlanID, _ validUntil: Instant, _ worker: Int, _ tables: [(up: [Int], down: [Int])],
        _ segments: [PlanSegment]
    ) -> WorkerPlan {
        let products = zip(self.products, tables).map { held, table in
            var product = held.product
            product.upTable = table.up
            product.downTable = table.down
            return product
        }
        let entries = self.members.filter { $0.worker == worker }.map { member in
            PlanEntry(
                slot: member.slot, generation: member.generation, base: Int32(member.bounds.base),
                low: Int32(member.bounds.low), high: Int32(member.bounds.high),
                resident: member.resident)
        }
        return WorkerPlan(
            id: id, worker: self.workers[worker], validUntil: validUntil, products: products,
            entries: entries, segments: segments)
    }

    /// Which parts of which members are spoken for in one direction.
    private struct Taken {
        var shift: [Bool]
        var inject: [Bool]

        init(count: Int) {
            self.shift = Array(repeating: false, count: count)
            self.inject = self.shift
        }
    }

    /// Heights per bucket and worker.
    private struct Cells {
        var heights: [Int]
        var total = 0

        /// `C[bucket]` of one worker; buckets after the last segment are left out.
        func starts(of worker: Int, workers: Int) -> [Int] {
            var starts: [Int] = []
            var position = 0
            var last = -1
            for bucket in 0..<StackBuilder.buckets {
                for other in 0..<workers {
                    let height = self.heights[bucket * workers + other]
                    if other == worker {
                        starts.append(position)
                        if height > 0 { last = bucket }
                    }
                    position += height
                }
            }
            return Array(starts.prefix(last + 1))
        }
    }

    /// Takes free segments bucket by bucket until `wanted` is covered.
    private func fill(
        _ product: Int, _ direction: Direction, wanted: Int, taken: inout Taken,
        segments: inout [[PlanSegment]]
    ) -> Cells {
        var cells = Cells(heights: Array(repeating: 0, count: Self.buckets * self.workers.count))
        guard wanted > 0 else { return cells }
        let order = self.ordered(product, direction, taken)
        for entry in order {
            if cells.total >= wanted { break }
            let member = self.members[entry.member]
            let bucket = Int(member.merit) + (entry.kind == .inject ? 128 : 0)
            if entry.kind == .shift { taken.shift[entry.member] = true } else { taken.inject[entry.member] = true }
            cells.heights[bucket * self.workers.count + member.worker] += entry.height
            cells.total += entry.height
            segments[member.worker].append(
                PlanSegment(
                    slot: member.slot, product: UInt8(product), direction: direction,
                    kind: entry.kind, bucket: UInt8(bucket), height: Int32(entry.height)))
        }
        return cells
    }

    private struct Candidate {
        var member: Int
        var kind: SegmentKind
        var height: Int
    }

    /// Free segments by bucket: a counting sort, stable in the order of members.
    private func ordered(_ product: Int, _ direction: Direction, _ taken: Taken) -> [Candidate] {
        let mask = UInt32(1) << UInt32(product)
        var counts = Array(repeating: 0, count: Self.buckets + 1)
        var found: [(bucket: Int, candidate: Candidate)] = []
        found.reserveCapacity(self.members.count)
        for (index, member) in self.members.enumerated() where member.eligible & mask != 0 {
            let (shift, inject) = Self.heights(member.bounds, direction)
            if shift > 0, !taken.shift[index] {
                found.append((Int(member.merit), Candidate(member: index, kind: .shift, height: shift)))
                counts[Int(member.merit) + 1] += 1
            }
            if inject > 0, !taken.inject[index] {
                found.append((Int(member.merit) + 128, Candidate(member: index, kind: .inject, height: inject)))
                counts[Int(member.merit) + 129] += 1
            }
        }
        for bucket in 1...Self.buckets { counts[bucket] += counts[bucket - 1] }
        let first = Candidate(member: 0, kind: .shift, height: 0)
        var order = Array(repeating: first, count: found.count)
        for entry in found {
            order[counts[entry.bucket]] = entry.candidate
            counts[entry.bucket] += 1
        }
        return order
    }

    /// Heights of the two segments of a vehicle in a direction, W ≥ 0.
    package static func heights(_ bounds: Bounds, _ direction: Direction) -> (shift: Int, inject: Int) {
        switch direction {
        case .up:
            let floor = max(bounds.low, min(bounds.base, 0))
            return (max(0, bounds.base - floor), max(0, floor - bounds.low))
        case .down:
            return (max(0, bounds.high - bounds.base), 0)
        }
    }
}
