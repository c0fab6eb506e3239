/// Why an OpenADR text or object was not understood; one line that names the member and what to do.
package struct OpenADRError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The text is not JSON.
        case malformedJSON
        /// The text is longer or nested deeper than is read.
        case limit
        /// A required member is absent.
        case missing
        /// A member has a value that its type forbids.
        case invalid
        /// An interval has neither a start nor a duration, so it has no place in time.
        case unplaceable
    }
    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
