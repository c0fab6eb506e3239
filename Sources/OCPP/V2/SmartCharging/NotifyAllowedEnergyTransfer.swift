extension V2 {
    /// 2.1: which ways of charging and giving back a car may use, decided late (Q02.FR.05).
    package struct NotifyAllowedEnergyTransferRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "NotifyAllowedEnergyTransfer"
        package var transactionId = ""
        package var allowedEnergyTransfer: [String] = []
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("transactionId", \.transactionId, length: 36),
            .init("allowedEnergyTransfer", \.allowedEnergyTransfer, of: V2.energyTransferModes),
        ]
    }

    package static let energyTransferModes = [
        "AC_single_phase", "AC_two_phase", "AC_three_phase", "DC", "AC_BPT", "AC_BPT_DER", "AC_DER", "DC_BPT",
        "DC_ACDP",
        "DC_ACDP_BPT", "WPT",
    ]
}
