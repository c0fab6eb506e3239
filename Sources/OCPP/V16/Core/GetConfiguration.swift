extension V16 {
    /// Reads configuration keys.
    package struct GetConfigurationRequest: TableRequest {
        package typealias Answer = GetConfigurationResponse
        package static let action = "GetConfiguration"
        /// Empty = all.
        package var key: [String] = []
        package init() {}
        package init(key: [String]) { self.key = key }
        package static let fields: [Field<Self>] = [.init(list: "key", \.key, items: 0...Int.max, length: 50)]
    }

    package struct ConfigurationKey: Table {
        package var key = ""
        /// Stations in the field leave it out.
        package var readonly: Bool?
        package var value: String?
        package init() {}
        package init(key: String, readonly: Bool, value: String?) {
            self.key = key
            self.readonly = readonly
            self.value = value
        }
        package static let fields: [Field<Self>] = [
            .init("key", \.key, length: 50), .init("readonly", \.readonly, needed: [.v16]),
            .init("value", \.value, length: 500),
        ]
    }

    package struct GetConfigurationResponse: Table {
        package var configurationKey: [ConfigurationKey] = []
        package var unknownKey: [String] = []
        package init() {}
        package init(configurationKey: [ConfigurationKey], unknownKey: [String] = []) {
            self.configurationKey = configurationKey
            self.unknownKey = unknownKey
        }
        package static let fields: [Field<Self>] = [
            .init(list: "configurationKey", \.configurationKey, items: 0...Int.max),
            .init(list: "unknownKey", \.unknownKey, items: 0...Int.max, length: 50),
        ]
    }
}
