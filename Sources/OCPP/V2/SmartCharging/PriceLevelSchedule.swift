extension V2 {
    /// Prices of ISO 15118-20 as levels.
    package struct PriceLevelSchedule: Table {
        package struct Entry: Table {
            package var duration = 0
            package var priceLevel = 0
            package init() {}
            package static let fields: [Field<Self>] = [
                .init("duration", \.duration), .init("priceLevel", \.priceLevel, least: 0),
            ]
        }

        package var priceLevelScheduleEntries: [Entry] = []
        package var timeAnchor = DateTime(microseconds: 0)
        package var priceScheduleId = 0
        package var priceScheduleDescription: String?
        package var numberOfPriceLevels = 0
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("priceLevelScheduleEntries", \.priceLevelScheduleEntries, items: 1...100),
            .init("timeAnchor", \.timeAnchor), .init("priceScheduleId", \.priceScheduleId, least: 0),
            .init("priceScheduleDescription", \.priceScheduleDescription, length: 32),
            .init("numberOfPriceLevels", \.numberOfPriceLevels, least: 0),
        ]
    }
}
