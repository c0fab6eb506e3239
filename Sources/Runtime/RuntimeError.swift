/// What goes wrong before or around a process's work; its message is one line that names what to do.
package struct RuntimeError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case fileMissing
        case invalidConfiguration
        case addressInUse
        case failed
    }
    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
