/// Why bytes were not taken. What is malformed changes nothing.
public struct FleetLinkError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case truncated
        case badMagic
        case unsupportedVersion
        case tooLarge
        case malformed
    }
    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }
}
