/// Something for each EVSE of a station, in the order of their numbers. A station has one or two, so a look at each is
/// shorter than a hash; and what lies here is changed in its place, since it may be big.
struct ByEVSE<Value> {
    private(set) var evses: [Int] = []
    private(set) var values: ContiguousArray<Value> = []

    var count: Int { self.evses.count }

    func has(_ evse: Int) -> Bool { self.evses.contains(evse) }

    /// A copy; setting nil takes it out.
    subscript(evse: Int) -> Value? {
        get { self.evses.firstIndex(of: evse).map { self.values[$0] } }
        set {
            guard let place = self.evses.firstIndex(of: evse) else {
                guard let newValue else { return }
                let place = self.evses.firstIndex { $0 > evse } ?? self.evses.count
                self.evses.insert(evse, at: place)
                self.values.insert(newValue, at: place)
                return
            }
            if let newValue {
                self.values[place] = newValue
            } else {
                self.evses.remove(at: place)
                self.values.remove(at: place)
            }
        }
    }

    /// Does something to the value of an EVSE where it lies; nil where there is none.
    mutating func change<Result>(_ evse: Int, _ body: (inout Value) -> Result) -> Result? {
        guard let place = self.evses.firstIndex(of: evse) else { return nil }
        return body(&self.values[place])
    }
}

extension ByEVSE: Sendable where Value: Sendable {}
