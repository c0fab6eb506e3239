/// Why bytes were not taken. What is malformed changes nothing.
package struct FleetLinkError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case truncated
        case badMagic
        case unsupportedVersion
        case tooLarge
        case malformed
    }
    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
