/// What goes wrong with files and databases; its message is one line that names what to do.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// A path, URL or argument that cannot be right.
        case invalid
        /// The database cannot be reached, or gave no answer in time; trying again may help.
        case unavailable
        /// The database refused the statement.
        case refused
        /// A rule of the schema forbids it: a key that exists, a row that is missing, append-only.
        case constraint
        /// A writer with an older epoch than the newest one.
        case fenced
        /// Bytes on disk that are not what was written.
        case corrupt
        /// No room: the disk, or the limit that the configuration sets.
        case full
        /// Another process has it.
        case locked
        /// More is waiting than the queue may hold.
        case overloaded
        /// Closed by us.
        case closed
        /// The operating system said no.
        case system
    }
    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
