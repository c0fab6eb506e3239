import CZeroMQ

/// What libzmq or a key file refused, in one line that names what to do.
package struct ZeroMQError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case addressInUse
        case invalidKey
        case failed
    }
    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }

    /// The error that libzmq left behind for a call on `what`.
    static func last(_ what: String) -> ZeroMQError {
        let number = zmq_errno()
        let text = unsafe String(cString: zmq_strerror(number))
        guard number == EADDRINUSE else { return ZeroMQError(.failed, "\(what): \(text)") }
        return ZeroMQError(.addressInUse, "\(what): the port is in use: stop what uses it or configure another")
    }
}
