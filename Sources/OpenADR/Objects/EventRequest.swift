/// Something that happens in a programme: prices, instructions, awards, or only a wish for reports.
package struct EventRequest: ObjectRequest {
    package static let objectType = ObjectType.event
    package var programID: ObjectID
    package var eventName: String?
    /// Longer than its intervals: they loop; shorter: they are cut (UG 7.4, new in 3.1).
    package var duration: ISODuration?
    /// 0 is the highest; nil is the lowest.
    package var priority: Int?
    package var targets: [String]?
    package var reportDescriptors: [ReportDescriptor]?
    package var payloadDescriptors: [PayloadDescriptor]?
    package var intervalPeriod: IntervalPeriod?
    /// Nil: implied intervals, whose number the report descriptors say.
    package var intervals: [Interval]?
    private var extra = JSONObject()

    private static let members: Set<String> = [
        "programID", "eventName", "duration", "priority", "targets", "reportDescriptors",
        "payloadDescriptors", "intervalPeriod", "intervals",
    ]

    package init(
        programID: ObjectID, eventName: String? = nil, duration: ISODuration? = nil,
        priority: Int? = nil, targets: [String]? = nil,
        reportDescriptors: [ReportDescriptor]? = nil,
        payloadDescriptors: [PayloadDescriptor]? = nil, intervalPeriod: IntervalPeriod? = nil,
        intervals: [Interval]? = nil
    ) {
        self.programID = programID
        self.eventName = eventName
        self.duration = duration
        self.priority = priority
        self.targets = targets
        self.reportDescriptors = reportDescriptors
        self.payloadDescriptors = payloadDescriptors
        self.intervalPeriod = intervalPeriod
        self.intervals = intervals
    }

    package init(object: JSONObject) throws {
        let reader = ObjectReader(object, path: "")
        self.programID = try reader.required("programID", try reader.objectID("programID"))
        self.eventName = try reader.text("eventName")
        self.duration = try reader.duration("duration")
        self.priority = try reader.int("priority", in: 0...2_147_483_647)
        self.targets = try reader.texts("targets")
        self.reportDescriptors = try reader.list("reportDescriptors") {
            try ReportDescriptor(json: $0, path: $1)
        }
        self.payloadDescriptors = try reader.payloadDescriptors(.event)
        self.intervalPeriod = try reader.intervalPeriod()
        self.intervals = try reader.list("intervals") { try Interval(json: $0, path: $1) }
        self.extra = object.without(Self.members)
    }

    package var object: JSONObject {
        var object: JSONObject = ["programID": .string(self.programID.text)]
        object.add("eventName", self.eventName.map(JSON.string))
        object.add("duration", self.duration.map { .string($0.text) })
        object.add("priority", self.priority.map { .number(JSONNumber($0)) })
        object.add("targets", self.targets.map(JSON.texts))
        object.add("reportDescriptors", self.reportDescriptors.map { .array($0.map(\.json)) })
        object.add("payloadDescriptors", self.payloadDescriptors.map { .array($0.map(\.json)) })
        object.add("intervalPeriod", self.intervalPeriod?.json)
        object.add("intervals", self.intervals.map { .array($0.map(\.json)) })
        return object.appending(self.extra)
    }

    /// The units and currency that a payload type has here, or in the programme's defaults.
    package func descriptor(
        _ type: PayloadType, defaults: [PayloadDescriptor]? = nil
    ) -> PayloadDescriptor? {
        self.payloadDescriptors?.first { $0.payloadType == type }
            ?? defaults?.first { $0.payloadType == type }
    }
}
