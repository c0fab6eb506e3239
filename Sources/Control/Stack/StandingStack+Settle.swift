import Domain

// Who takes which room: heights, marks, and what changes hands between an old mark and the new one.
extension StandingStack {
    /// A room that waits for an owner.
    struct OpenRoom: Sendable {
        var at: Mark
        var height: Int32
        var eligible: UInt32
        var index: Int32
        var room: Room
    }

    /// Takes the rooms of members out of all heights, as they were, and notes them as they are now.
    mutating func open(_ members: [StackMember]) {
        // First all of them are read and nothing else: rows lie anywhere, and so the machine fetches several at a time.
        let before = members.map { self.rows[self.starts[$0.worker] + Int($0.slot)] }
        let layout = self.layout
        // Taken out, so that they change in their place.
        var (keptRows, keptCells, keptMerits) = ([Row](), [Int](), [UInt8]())
        swap(&keptRows, &self.rows)
        swap(&keptCells, &self.cells)
        swap(&keptMerits, &self.merits)
        defer {
            swap(&keptRows, &self.rows)
            swap(&keptCells, &self.cells)
            swap(&keptMerits, &self.merits)
        }
        var rows = keptRows.mutableSpan
        var cells = keptCells.mutableSpan
        var merits = keptMerits.mutableSpan
        self.touched.reserveCapacity(self.touched.count + members.count)
        self.openUp.reserveCapacity(self.openUp.count + 2 * members.count)
        self.openDown.reserveCapacity(self.openDown.count + members.count)
        for (number, member) in members.enumerated() {
            let index = self.starts[member.worker] + Int(member.slot)
            if rows[index].isTouched {
                self.openUp.withdraw(index)
                self.openDown.withdraw(index)
            } else {
                layout.forget(before[number], member.worker, &cells)
                self.touched.append(Touched(index: Int32(index), before: before[number]))
            }
            var row = Row(member)
            if merits[index] != row.merit { merits[index] = row.merit }
            let start = self.starts[member.worker]
            for room in Room.up where row.offer(room) {
                self.openUp.append(OpenRoom(row, room, index, worker: member.worker, start: start))
            }
            if row.offer(.downShift) {
                self.openDown.append(OpenRoom(row, .downShift, index, worker: member.worker, start: start))
            }
            rows[index] = row
        }
    }

    /// Takes a row's rooms out of all heights and leaves it empty.
    mutating func open(_ index: Int, _ worker: Int) {
        if self.rows[index].isTouched {
            self.openUp.withdraw(index)
            self.openDown.withdraw(index)
        } else {
            let layout = self.layout
            let row = self.rows[index]
            var cells = self.cells.mutableSpan
            layout.forget(row, worker, &cells)
            self.touched.append(Touched(index: Int32(index), before: row))
        }
        self.rows[index] = Row(isTouched: true)
    }

    /// Where heights lie.
    struct Layout {
        var products: Int
        var workers: Int

        /// Takes a row's rooms out of all heights.
        @inline(__always)
        func forget(_ row: Row, _ worker: Int, _ cells: inout MutableSpan<Int>) {
            guard row.isThere else { return }
            self.count(row, worker, .upShift, from: 0, sign: -1, &cells)
            self.count(row, worker, .upInject, from: 0, sign: -1, &cells)
            self.count(row, worker, .downShift, from: 0, sign: -1, &cells)
        }

        /// Adds a room's height to (or takes it from) the cells of all products from `first` on that it is free for.
        @inline(__always)
        func count(
            _ row: Row, _ worker: Int, _ room: Room, from first: Int, sign: Int, _ cells: inout MutableSpan<Int>
        ) {
            let height = Int(row.height(room))
            let owner = row.owner(room)
            guard height > 0 else { return }
            let part = room == .downShift ? self.products : 0
            let size = self.workers * StackBuilder.buckets
            // A room counts for its owner and for those before who could have had it.
            let end = owner == Row.nobody ? self.products : min(Int(owner) + 1, self.products)
            var cell = (part + first) * size + worker * StackBuilder.buckets + Int(row.merit) + room.mark
            var product = first
            while product < end {
                let isMine = 0 &- Int(row.eligible &>> UInt32(product) & 1)
                cells[cell] &+= sign &* height & isMine
                cell &+= size
                product &+= 1
            }
        }
    }

    var layout: Layout { Layout(products: self.products.count, workers: self.workers.count) }

    /// Gives away what is open in one direction, product by product.
    mutating func settle(_ direction: Direction) {
        var open: [OpenRoom] = []
        if direction == .up { swap(&open, &self.openUp) } else { swap(&open, &self.openDown) }
        let size = self.workers.count * StackBuilder.buckets
        for product in self.products.indices {
            let place = (direction == .up ? 0 : self.products.count) + product
            let bit = UInt32(1) << UInt32(product)
            self.add(open, bit, to: place * size)
            let wanted = direction == .up ? self.products[product].up : self.products[product].down
            let mark = self.mark(place, product, wanted)
            self.hand(over: product, from: self.marks[place], to: mark, direction, &open)
            self.marks[place] = mark
            self.give(&open, bit, to: product, upTo: mark)
        }
        for one in open { self.rows[Int(one.index)].setOwner(one.room, Row.nobody) }
        open.removeAll(keepingCapacity: true)
        if direction == .up { swap(&open, &self.openUp) } else { swap(&open, &self.openDown) }
    }

    private mutating func add(_ open: [OpenRoom], _ bit: UInt32, to first: Int) {
        var cells = self.cells.mutableSpan
        for one in open where one.eligible & bit != 0 { cells[first + one.at.cell] += Int(one.height) }
    }

    /// Gives a product what it may have up to its mark; the rest stays open.
    private mutating func give(_ open: inout [OpenRoom], _ bit: UInt32, to product: Int, upTo mark: Mark) {
        var rows = self.rows.mutableSpan
        var rest = 0
        for one in open {
            if one.eligible & bit != 0, one.at <= mark {
                rows[Int(one.index)].setOwner(one.room, UInt8(product))
            } else {
                open[rest] = one
                rest += 1
            }
        }
        open.removeLast(open.count - rest)
    }

    private func heights(_ place: Int) -> StackCells {
        let size = self.workers.count * StackBuilder.buckets
        return StackCells(self.cells[place * size..<(place + 1) * size], workers: self.workers.count)
    }

    private func room(_ place: Int, bucket: Int) -> Room {
        place >= self.products.count ? .downShift : bucket < 128 ? .upShift : .upInject
    }

    /// The last room that covers `wanted`.
    private func mark(_ place: Int, _ product: Int, _ wanted: Int) -> Mark {
        guard wanted > 0 else { return .nothing }
        let margin = self.heights(place).margin(wanted)
        guard margin.worker < self.workers.count else { return .everything }
        let room = self.room(place, bucket: margin.bucket)
        var rest = margin.rest
        for index in self.rows(of: margin.worker, buckets: margin.bucket...margin.bucket, room) {
            let row = self.rows[index]
            guard row.height(room) > 0, row.isFree(room, for: product) else { continue }
            rest -= Int(row.height(room))
            guard rest > 0 else {
                return Mark(bucket: margin.bucket, worker: margin.worker, row: index - self.starts[margin.worker])
            }
        }
        preconditionFailure("a cell holds what its rooms add up to")
    }

    /// What the cut at a product's mark leaves of its heights.
    func held(_ place: Int) -> StackCells {
        let mark = self.marks[place]
        guard mark != .nothing else { return StackCells(workers: self.workers.count) }
        var cells = self.heights(place)
        guard mark != .everything else {
            cells.cut(at: StackMargin(bucket: StackBuilder.buckets, worker: self.workers.count, rest: 1), watts: 0)
            return cells
        }
        let room = self.room(place, bucket: mark.bucket)
        var watts = 0
        for index in self.rows(of: mark.worker, buckets: mark.bucket...mark.bucket, room)
        where self.rows[index].owner(room) == UInt8(place % self.products.count) {
            watts += Int(self.rows[index].height(room))
        }
        cells.cut(at: StackMargin(bucket: mark.bucket, worker: mark.worker, rest: 1), watts: watts)
        return cells
    }

    /// Rooms between a product's old mark and its new one: taken from later products or nobody where it moved up, open
    /// where it moved down.
    private mutating func hand(
        over product: Int, from old: Mark, to new: Mark, _ direction: Direction, _ open: inout [OpenRoom]
    ) {
        guard old != new else { return }
        let (low, high) = (min(old, new), max(old, new))
        for room in Room.all(direction) {
            for worker in self.workers.indices {
                // Only buckets of which something of this worker lies between.
                let first = max(room.mark, low.bucket + (low.bits >= 0 && low.worker > worker ? 1 : 0))
                let last = min(room.mark + 127, high.bucket - (high.worker < worker ? 1 : 0))
                guard first <= last else { continue }
                for index in self.rows(of: worker, buckets: first...last, room) {
                    let at = Mark(
                        bucket: Int(self.rows[index].merit) + room.mark, worker: worker,
                        row: index - self.starts[worker])
                    guard low < at, at <= high else { continue }
                    self.hand(index, worker, room, over: product, isTaken: new > old, &open)
                }
            }
        }
    }

    private mutating func hand(
        _ index: Int, _ worker: Int, _ room: Room, over product: Int, isTaken: Bool,
        _ open: inout [OpenRoom]
    ) {
        let row = self.rows[index]
        guard row.owner(room) != Row.open, row.height(room) > 0 else { return }
        if isTaken {
            guard row.isFree(room, for: product) else { return }
            let layout = self.layout
            var cells = self.cells.mutableSpan
            layout.count(row, worker, room, from: product + 1, sign: -1, &cells)
            self.rows[index].setOwner(room, UInt8(product))
        } else {
            guard row.owner(room) == UInt8(product) else { return }
            self.rows[index].setOwner(room, Row.open)
            open.append(OpenRoom(row, room, index, worker: worker, start: self.starts[worker]))
        }
        guard !self.rows[index].isTouched else { return }
        self.rows[index].isTouched = true
        self.touched.append(Touched(index: Int32(index), before: row))
    }

    /// A worker's rows whose bucket lies in a range, in their order.
    private func rows(of worker: Int, buckets: ClosedRange<Int>, _ room: Room) -> [Int] {
        var found: [Int] = []
        let low = UInt8(buckets.lowerBound - room.mark)
        let width = UInt8(buckets.upperBound - buckets.lowerBound)
        let merits = self.merits.span
        var index = self.starts[worker]
        let end = self.starts[worker + 1]
        precondition(end <= merits.count, "rows of the column")
        while index < end {
            // Sound: the worker's rows lie inside the column, as just checked.
            if unsafe merits[unchecked: index] &- low <= width { found.append(index) }
            index &+= 1
        }
        return found
    }
}

extension StandingStack.OpenRoom {
    @inline(__always)
    init(_ row: StandingStack.Row, _ room: StandingStack.Room, _ index: Int, worker: Int, start: Int) {
        self.at = .init(bucket: Int(row.merit) + room.mark, worker: worker, row: index - start)
        self.height = row.height(room)
        self.eligible = row.eligible
        self.index = Int32(index)
        self.room = room
    }
}

extension [StandingStack.OpenRoom] {
    /// Takes back what was offered of a row that is named again.
    fileprivate mutating func withdraw(_ index: Int) {
        self.removeAll { $0.index == Int32(index) }
    }
}

extension StandingStack.Row {
    @inline(__always)
    init(_ member: StackMember) {
        self.init(
            base: Int32(clamping: member.bounds.base), low: Int32(clamping: member.bounds.low),
            high: Int32(clamping: member.bounds.high), generation: member.generation, eligible: member.eligible,
            merit: member.merit & 127, isThere: true, resident: member.resident, isTouched: true)
    }

    /// Whether a member is here as it is, as far as the stack sees it.
    @inline(__always)
    func holds(_ member: StackMember) -> Bool {
        self.isThere && self.base == Int32(clamping: member.bounds.base)
            && self.low == Int32(clamping: member.bounds.low) && self.high == Int32(clamping: member.bounds.high)
            && self.generation == member.generation && self.eligible == member.eligible
            && self.merit == member.merit & 127 && self.resident == member.resident
    }

    /// Whether the plan says the same of both: entry and segments.
    func looks(like other: Self) -> Bool {
        guard self.isThere, other.isThere else { return self.isThere == other.isThere }
        let isHeld = min(self.owners.0, self.owners.1, self.owners.2) < Self.open
        return self.base == other.base && self.low == other.low && self.high == other.high
            && self.generation == other.generation && self.resident == other.resident && self.owners == other.owners
            && (!isHeld || self.merit == other.merit)
    }

    /// Opens a room that has height; the others belong to nobody.
    @inline(__always)
    mutating func offer(_ room: StandingStack.Room) -> Bool {
        guard self.height(room) > 0 else { return false }
        self.setOwner(room, Self.open)
        return true
    }

    @inline(__always)
    func height(_ room: StandingStack.Room) -> Int32 {
        switch room {
        case .upShift: max(0, self.base &- max(self.low, min(self.base, 0)))
        case .upInject: max(0, max(self.low, min(self.base, 0)) &- self.low)
        case .downShift: max(0, self.high &- self.base)
        }
    }

    @inline(__always)
    func owner(_ room: StandingStack.Room) -> UInt8 {
        switch room {
        case .upShift: self.owners.0
        case .upInject: self.owners.1
        case .downShift: self.owners.2
        }
    }

    @inline(__always)
    mutating func setOwner(_ room: StandingStack.Room, _ owner: UInt8) {
        switch room {
        case .upShift: self.owners.0 = owner
        case .upInject: self.owners.1 = owner
        case .downShift: self.owners.2 = owner
        }
    }

    /// Whether a product may have the room: no product before it took it.
    @inline(__always)
    func isFree(_ room: StandingStack.Room, for product: Int) -> Bool {
        self.eligible >> UInt32(product) & 1 == 1 && self.owner(room) >= UInt8(product)
    }
}
