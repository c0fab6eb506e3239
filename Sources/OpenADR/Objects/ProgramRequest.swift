/// A tariff, a product or a demand-response programme, under which events happen.
package struct ProgramRequest: ObjectRequest {
    package static let objectType = ObjectType.program
    package var programName: String
    package var intervalPeriod: IntervalPeriod?
    /// Defaults for all its events.
    package var payloadDescriptors: [PayloadDescriptor]?
    package var attributes: [ValuesMap]?
    package var targets: [String]?
    private var extra = JSONObject()

    private static let members: Set<String> = [
        "programName", "intervalPeriod", "payloadDescriptors", "attributes", "targets",
    ]

    package init(
        programName: String, intervalPeriod: IntervalPeriod? = nil,
        payloadDescriptors: [PayloadDescriptor]? = nil, attributes: [ValuesMap]? = nil,
        targets: [String]? = nil
    ) {
        self.programName = programName
        self.intervalPeriod = intervalPeriod
        self.payloadDescriptors = payloadDescriptors
        self.attributes = attributes
        self.targets = targets
    }

    package init(object: JSONObject) throws {
        let reader = ObjectReader(object, path: "")
        self.programName = try reader.required("programName", try reader.text("programName"))
        self.intervalPeriod = try reader.intervalPeriod()
        self.payloadDescriptors = try reader.payloadDescriptors(.event)
        self.attributes = try reader.valuesMaps("attributes")
        self.targets = try reader.texts("targets")
        _ = try reader.list("programDescriptions") { value, path in
            let description = try ObjectReader(value, path: path)
            return try description.required("URL", try description.text("URL", limit: 8_000))
        }
        self.extra = object.without(Self.members)
    }

    package var object: JSONObject {
        var object: JSONObject = ["programName": .string(self.programName)]
        object.add("intervalPeriod", self.intervalPeriod?.json)
        object.add("payloadDescriptors", self.payloadDescriptors.map { .array($0.map(\.json)) })
        object.add("attributes", self.attributes?.json)
        object.add("targets", self.targets.map(JSON.texts))
        return object.appending(self.extra)
    }
}
