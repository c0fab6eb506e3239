import Control
import Domain
import Fleet

// The stack from plan to plan: only what changed is placed anew, and sent.
extension AggregatorEngine {
    /// A worker's plan as it is now, and what of it is another since the one that is out; nil where that is not known.
    private struct Revision {
        var plan: WorkerPlan
        var change: PlanPatch?
    }

    /// Brings the stack up to date and sends plans where something changed. Every worker hears of a new version, for
    /// signals name one version for all; who has the one before hears only what is another in it.
    mutating func makePlan(_ index: Int) {
        let workers = self.fleet.workers.indices.filter { self.fleet.workers[$0].connected }
        guard !workers.isEmpty else { return self.drafts[index].isKnown = false }
        let until = self.now + self.configuration.lease
        let revisions = self.revisions(index, workers, until)
        guard self.isNews(revisions, index) else { return self.renewIfDue(index, until) }
        let unheard = self.resources[index].unheard
        self.resources[index].version += 1
        self.resources[index].plans = revisions.map(\.plan)
        self.resources[index].hashes = [:]
        self.resources[index].acknowledged = []
        self.resources[index].unheard = []
        self.resources[index].leaseUntil = until
        for revision in revisions {
            let worker = revision.plan.worker
            let hash = revision.plan.hash
            self.resources[index].hashes[worker] = hash
            self.emit(.prepare(revision.plan, hash: hash, change: unheard.contains(worker) ? nil : revision.change))
        }
    }

    /// Whether anything but version and lease is another, or somebody lacks his plan.
    private func isNews(_ revisions: [Revision], _ index: Int) -> Bool {
        let state = self.resources[index]
        let isSame =
            revisions.count == state.plans.count
            && zip(revisions, state.plans).allSatisfy {
                $0.plan.worker == $1.worker && $0.change?.count == 0 && $0.plan.products == $1.products
            }
        return !isSame || !revisions.allSatisfy { !state.unheard.contains($0.plan.worker) }
    }

    private mutating func renewIfDue(_ index: Int, _ until: Instant) {
        let half = TimeSpan(microseconds: self.configuration.lease.microseconds / 2)
        guard self.resources[index].leaseUntil - self.now < half else { return }
        self.resources[index].leaseUntil = until
        for plan in self.resources[index].plans { self.emit(.renew(plan.worker, plan.id, validUntil: until)) }
    }

    /// The plans of all workers, from the stack that stands where it is of the same workers and products.
    private mutating func revisions(_ index: Int, _ workers: [Int], _ until: Instant) -> [Revision] {
        let products = self.products(index)
        let names = workers.map { self.fleet.workers[$0].id }
        while self.stacks.count <= index { self.stacks.append(nil) }
        // Taken out, so that it changes in its place.
        var standing: StandingStack?
        swap(&standing, &self.stacks[index])
        defer { swap(&standing, &self.stacks[index]) }
        let id = PlanID(
            epoch: self.configuration.epoch, resource: self.resources[index].terms.id,
            version: self.resources[index].version + 1)
        let before = self.resources[index].plans
        if var stack = standing, before.map(\.worker) == names, stack.isOf(names, products.map(\.held)) {
            standing = nil
            defer { standing = stack }
            let deltas = self.bring(&stack, upTo: index, workers, products.map(\.held))
            return Self.changed(before, by: deltas, of: stack, id, until)
        }
        var stack = StandingStack(workers: names, products: products.map(\.held))
        self.drafts[index].isKnown = false
        _ = self.bring(&stack, upTo: index, workers, products.map(\.held))
        defer { standing = stack }
        return stack.plans(id: id, validUntil: until).map { plan in
            let old = before.first { $0.worker == plan.worker }
            return Revision(plan: plan, change: old.flatMap { PlanPatch(from: $0, to: plan) })
        }
    }

    /// The plans before, with what the stack says that changed.
    private static func changed(
        _ before: [WorkerPlan], by deltas: [PlanDelta], of stack: StandingStack, _ id: PlanID, _ until: Instant
    ) -> [Revision] {
        var deltaOf = Array(repeating: PlanDelta?.none, count: before.count)
        for delta in deltas { deltaOf[delta.worker] = delta }
        return before.indices.map { number in
            let old = before[number]
            let change =
                deltaOf[number]?.patch(of: old, id: id, validUntil: until)
                ?? PlanPatch(
                    id: id, base: old.id.version, worker: old.worker, validUntil: until,
                    products: stack.terms(number))
            guard let plan = change.applied(to: old) else {
                preconditionFailure("a stack's own change fits its own plan")
            }
            return Revision(plan: plan, change: change)
        }
    }
}
