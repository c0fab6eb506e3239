/// The inside of a message: reads itself leniently out of JSON and writes itself strictly.
package protocol Payload: Hashable, Sendable {
    /// - Throws: the error that the peer gets as CALLERROR.
    init(_ json: JSONValue) throws(OCPPError)
    /// Writes the fields, without the braces around them.
    func write(to out: inout JSONWriter)
    /// What the version forbids to send, if anything.
    func fault(in version: OCPPVersion) -> OCPPError?
}

extension Payload {
    package func fault(in version: OCPPVersion) -> OCPPError? { nil }
}

/// A message that is answered.
package protocol Request: Payload {
    associatedtype Answer: Payload
    /// The action's name on the wire.
    static var action: String { get }
}

/// `{}`.
package struct EmptyPayload: Payload {
    package init() {}
    package init(_ json: JSONValue) throws(OCPPError) {}
    package func write(to out: inout JSONWriter) {}
}
