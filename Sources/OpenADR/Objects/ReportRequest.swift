/// What a VEN says about an event: readings, forecasts, offers, states.
package struct ReportRequest: ObjectRequest {
    /// The data of one resource.
    package struct ResourceData: Hashable, Sendable {
        package var resourceName: String
        package var intervalPeriod: IntervalPeriod?
        package var intervals: [Interval]
        private var extra = JSONObject()

        package init(
            resourceName: String, intervalPeriod: IntervalPeriod? = nil, intervals: [Interval]
        ) {
            self.resourceName = resourceName
            self.intervalPeriod = intervalPeriod
            self.intervals = intervals
        }

        init(json: JSON, path: String) throws {
            let reader = try ObjectReader(json, path: path)
            self.resourceName = try reader.required("resourceName", try reader.text("resourceName"))
            self.intervalPeriod = try reader.intervalPeriod()
            self.intervals = try reader.required(
                "intervals", try reader.list("intervals") { try Interval(json: $0, path: $1) })
            self.extra = reader.object.without(["resourceName", "intervalPeriod", "intervals"])
        }

        package var json: JSON {
            var object: JSONObject = ["resourceName": .string(self.resourceName)]
            object.add("intervalPeriod", self.intervalPeriod?.json)
            object.add("intervals", .array(self.intervals.map(\.json)))
            return .object(object.appending(self.extra))
        }
    }
    package static let objectType = ObjectType.report
    /// The name that stands for the sum of several resources.
    package static let aggregatedReport = "AGGREGATED_REPORT"

    package var eventID: ObjectID
    package var clientName: String
    package var reportName: String?
    package var payloadDescriptors: [PayloadDescriptor]?
    package var resources: [ResourceData]
    private var extra = JSONObject()

    private static let members: Set<String> = [
        "eventID", "clientName", "reportName", "payloadDescriptors", "resources", "clientID",
    ]

    package init(
        eventID: ObjectID, clientName: String, reportName: String? = nil,
        payloadDescriptors: [PayloadDescriptor]? = nil, resources: [ResourceData]
    ) {
        self.eventID = eventID
        self.clientName = clientName
        self.reportName = reportName
        self.payloadDescriptors = payloadDescriptors
        self.resources = resources
    }

    package init(object: JSONObject) throws {
        let reader = ObjectReader(object, path: "")
        self.eventID = try reader.required("eventID", try reader.objectID("eventID"))
        self.clientName = try reader.required("clientName", try reader.text("clientName"))
        self.reportName = try reader.text("reportName")
        self.payloadDescriptors = try reader.payloadDescriptors(.report)
        self.resources = try reader.required(
            "resources", try reader.list("resources") { try ResourceData(json: $0, path: $1) })
        self.extra = object.without(Self.members)
    }

    package var object: JSONObject {
        var object: JSONObject = [
            "eventID": .string(self.eventID.text), "clientName": .string(self.clientName),
        ]
        object.add("reportName", self.reportName.map(JSON.string))
        object.add("payloadDescriptors", self.payloadDescriptors.map { .array($0.map(\.json)) })
        object.add("resources", .array(self.resources.map(\.json)))
        return object.appending(self.extra)
    }
}
