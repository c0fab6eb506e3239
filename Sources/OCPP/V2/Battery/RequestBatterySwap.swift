extension V2 {
    /// 2.1: swap batteries for a token (S02).
    package struct RequestBatterySwapRequest: TableRequest {
        package typealias Answer = StatusAnswer
        package static let action = "RequestBatterySwap"
        package var idToken = IdToken("", type: "")
        package var requestId = 0
        package init() {}
        package static let fields: [Field<Self>] = [.init("idToken", \.idToken), .init("requestId", \.requestId)]
    }
}
