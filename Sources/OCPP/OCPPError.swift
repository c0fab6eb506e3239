/// What is wrong with a message, in the words of OCPP-J: the code, and one line for its description.
package struct OCPPError: Error, Hashable, Sendable, CustomStringConvertible {
    package var code: RPCErrorCode
    /// At most 255 characters reach the wire.
    package var message: String

    package init(_ code: RPCErrorCode, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(self.code.wire(in: .v21)): \(self.message)" }
}
