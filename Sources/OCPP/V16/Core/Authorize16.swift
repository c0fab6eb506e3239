extension V16 {
    /// May this tag charge?
    package struct AuthorizeRequest: TableRequest {
        package typealias Answer = AuthorizeResponse
        package static let action = "Authorize"
        package var idTag = ""
        package init() {}
        package init(idTag: String) { self.idTag = idTag }
        package static let fields: [Field<Self>] = [.init("idTag", \.idTag, length: 20)]
    }

    package struct AuthorizeResponse: Table {
        package var idTagInfo = IdTagInfo()
        package init() {}
        package init(status: String) { self.idTagInfo = IdTagInfo(status) }
        package static let fields: [Field<Self>] = [.init("idTagInfo", \.idTagInfo)]
    }

    /// What is known of a tag.
    package struct IdTagInfo: Table {
        package var status = ""
        package var expiryDate: DateTime?
        package var parentIdTag: String?
        package init() {}
        package init(_ status: String) { self.status = status }
        package static let fields: [Field<Self>] = [
            .init("expiryDate", \.expiryDate), .init("parentIdTag", \.parentIdTag, length: 20),
            .init("status", \.status, of: ["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]),
        ]
    }
}
