package import Domain

/// The utility's end of the fast signal stream. Neither call waits.
package protocol SignalUplink: Sendable {
    /// Sends signals now; what cannot be sent is dropped, the next one replaces it.
    func send(_ signals: [GridSignal])
    /// What was echoed since the last call.
    func receive() -> [DeliverySample]
}

/// No fast stream: for a utility that dispatches by events only.
package struct NoSignalUplink: SignalUplink {
    package init() {}
    package func send(_ signals: [GridSignal]) {}
    package func receive() -> [DeliverySample] { [] }
}
