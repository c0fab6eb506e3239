extension V2 {
    /// A text for people.
    package struct MessageContent: Table {
        package var format = ""
        package var language: String?
        package var content = ""
        package init() {}
        package init(_ content: String, language: String? = nil) {
            self.format = "UTF8"
            self.language = language
            self.content = content
        }
        package static let fields: [Field<Self>] = [
            .init("format", \.format, of: ["ASCII", "HTML", "URI", "UTF8"], new: ["QRCODE"]),
            .init("language", \.language, length: 8), .init("content", \.content, length: 1_024, length201: 512),
        ]
    }
}
