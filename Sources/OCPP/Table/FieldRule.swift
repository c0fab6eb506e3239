/// What a field must keep to beyond its type, as the schemas of the versions bound it.
package struct FieldRule: Hashable, Sendable {
    /// Longest string.
    var length: Int?
    /// Longest string on 2.0.1 where that differs.
    var length201: Int?
    var least: Int?
    var greatest: Int?
    /// How many elements an array has.
    var items: ClosedRange<Int>?
    /// The words of an enumeration; none where the text is free.
    var words: [String] = []
    /// Words that only 2.1 has.
    var newWords: [String] = []
    /// The words of 2.0.1 where 2.1 leaves the text free.
    var words201: [String] = []
    /// Versions that want the field although it may be missing in what we read.
    var needed: [OCPPVersion] = []
    /// 2.0.1 does not have the field: it is neither written nor read there.
    var isNew = false

    func applies(to version: OCPPVersion) -> Bool { !self.isNew || version == .v21 }

    func length(in version: OCPPVersion) -> Int? {
        guard version == .v201 else { return self.length }
        return self.words201.isEmpty ? self.length201 ?? self.length : nil
    }

    func words(in version: OCPPVersion) -> [String] {
        if version == .v201, !self.words201.isEmpty { return self.words201 }
        return version == .v21 ? self.words + self.newWords : self.words
    }
}
