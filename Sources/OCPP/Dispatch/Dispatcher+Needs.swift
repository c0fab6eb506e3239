/// The car said what it needs (2.x K15, K18 to K20): the station may wait for a profile before it answers the car.
extension Dispatcher {
    /// What came before the needs may be refused or forgotten (K19.FR.13), so all that belongs to the transaction is said again.
    /// - Returns: whether a profile follows at once (Q01.FR.07, K18.FR.03, K19.FR.03). Else the station goes on by its
    ///   TxDefaultProfile, and the next order reaches the car by renegotiation or dynamic control (K18.FR.05, K19.FR.05).
    package mutating func needsCame() -> Bool {
        guard self.transaction != nil, let order = self.order else { return false }
        self.forget()
        // A curve is said once per order; whoever waits for that order has heard of it already.
        if case .curve = order.target { self.order?.isReported = false }
        return true
    }
}
