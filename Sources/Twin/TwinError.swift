/// Why the twin cannot run what it was given; the message names the file, the line and what to do.
package struct TwinError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case malformedFile
        case invalidOption
        case unknownProduct
    }
    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
