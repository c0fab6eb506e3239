public import Domain

/// What the name of a proof's file says; older activations come first.
public struct ProofName: Hashable, Comparable, Sendable {
    public var file: String
    /// As they stand in the name: see ``ProofFile/plain(_:)``.
    public var resource: String
    public var product: String
    public var began: Instant
    public var number: Int

    /// Nil where the file is none of ours.
    public init?(_ file: String) {
        let parts = file.split(separator: "_", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[3].hasSuffix(".csv"), let began = Int(parts[2]),
            let number = Int(parts[3].dropLast(4)), !parts[0].isEmpty, !parts[1].isEmpty
        else { return nil }
        self.file = file
        (self.resource, self.product) = (parts[0], parts[1])
        (self.began, self.number) = (Instant(microseconds: began), number)
    }

    public static func < (one: Self, other: Self) -> Bool {
        (one.began, one.number, one.file) < (other.began, other.number, other.file)
    }
}
