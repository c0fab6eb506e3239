/// Why the twin cannot run what it was given; the message names the file, the line and what to do.
public struct TwinError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case malformedFile
        case invalidOption
        case unknownProduct
    }
    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }
}
