/// The limits of the station at each index. Stations are of few kinds: each kind is kept once, and an index has four
/// bytes that name it.
public struct LimitsColumn: Sendable {
    private var kindOf: [UInt32] = []
    private var kinds = [StationLimits.none]
    /// Indices of each kind; a kind that nobody is of makes room for another.
    private var uses = [0]
    private var known: [StationLimits: UInt32] = [StationLimits.none: 0]
    private var free: [UInt32] = []

    init() {}

    public internal(set) subscript(index: Int) -> StationLimits {
        get { self.kinds[Int(self.kindOf[index])] }
        set {
            let old = Int(self.kindOf[index])
            guard self.kinds[old] != newValue else { return }
            self.kindOf[index] = self.take(newValue)
            self.letGo(old)
        }
    }

    private mutating func take(_ limits: StationLimits) -> UInt32 {
        if let kind = self.known[limits] {
            self.uses[Int(kind)] += 1
            return kind
        }
        let kind: UInt32
        if let spare = self.free.popLast() {
            kind = spare
            self.kinds[Int(kind)] = limits
            self.uses[Int(kind)] = 1
        } else {
            kind = UInt32(self.kinds.count)
            self.kinds.append(limits)
            self.uses.append(1)
        }
        self.known[limits] = kind
        return kind
    }

    private mutating func letGo(_ kind: Int) {
        // The first kind is that of nobody, and stays.
        guard kind > 0 else { return }
        self.uses[kind] -= 1
        guard self.uses[kind] == 0 else { return }
        self.known[self.kinds[kind]] = nil
        self.free.append(UInt32(kind))
    }

    mutating func grow(by count: Int) {
        self.kindOf.append(contentsOf: repeatElement(0, count: count))
    }

    /// Kinds that somebody is of.
    var kindsInUse: Int { self.kinds.count - self.free.count - 1 }

    mutating func move(_ from: Int, to: Int) {
        self.letGo(Int(self.kindOf[to]))
        self.kindOf[to] = self.kindOf[from]
        self.kindOf[from] = 0
    }
}
