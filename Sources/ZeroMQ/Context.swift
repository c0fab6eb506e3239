import CZeroMQ
import Foundation

/// A libzmq context with its ZAP handler: only keys of the allow-list get in.
/// Without a ZAP handler libzmq lets any CURVE key in.
@safe
package final class Context: @unchecked Sendable {
    // Contexts are thread-safe in libzmq; the handle is set once and freed in `deinit`.
    let handle: UnsafeMutableRawPointer
    private let zap: ZAPHandler?

    /// - Parameter allow: client keys that servers of this context let in; nil where no server lives here.
    package init(allow: AllowList? = nil) throws {
        guard let handle = unsafe zmq_ctx_new() else { throw ZeroMQError.last("context") }
        unsafe self.handle = handle
        self.zap = try allow.map { try unsafe ZAPHandler(context: handle, allow: $0) }
    }

    /// Replaces the allow-list while running.
    package func allow(_ list: AllowList) {
        self.zap?.allow(list)
    }

    /// Who knocked and was not let in.
    package var refusals: Refusals { self.zap?.refusals ?? Refusals() }

    deinit {
        unsafe zmq_ctx_shutdown(self.handle)
        self.zap?.join()
        unsafe zmq_ctx_term(self.handle)
    }
}
