extension V2 {
    /// 2.1: a payment at the terminal (C21).
    package struct NotifySettlementRequest: TableRequest {
        package typealias Answer = NotifySettlementResponse
        package static let action = "NotifySettlement"
        package var transactionId: String?
        package var pspRef = ""
        package var status = ""
        package var statusInfo: String?
        package var settlementAmount = Milli.zero
        package var settlementTime = DateTime(microseconds: 0)
        package var receiptId: String?
        package var receiptUrl: String?
        package var vatCompany: Address?
        package var vatNumber: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("transactionId", \.transactionId, length: 36), .init("pspRef", \.pspRef, length: 255),
            .init("status", \.status, of: ["Settled", "Canceled", "Rejected", "Failed"]),
            .init("statusInfo", \.statusInfo, length: 500), .init("settlementAmount", \.settlementAmount),
            .init("settlementTime", \.settlementTime), .init("receiptId", \.receiptId, length: 50),
            .init("receiptUrl", \.receiptUrl, length: 2_000), .init("vatCompany", \.vatCompany),
            .init("vatNumber", \.vatNumber, length: 20),
        ]
    }

    package struct NotifySettlementResponse: Table {
        package var receiptUrl: String?
        package var receiptId: String?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("receiptUrl", \.receiptUrl, length: 2_000), .init("receiptId", \.receiptId, length: 50),
        ]
    }

    package struct Address: Table {
        package var name = ""
        package var address1 = ""
        package var address2: String?
        package var city = ""
        package var postalCode: String?
        package var country = ""
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("name", \.name, length: 50), .init("address1", \.address1, length: 100),
            .init("address2", \.address2, length: 100), .init("city", \.city, length: 100),
            .init("postalCode", \.postalCode, length: 20), .init("country", \.country, length: 50),
        ]
    }
}
