/// What the values of a payload type in an event, or in a report, count in.
package struct PayloadDescriptor: Hashable, Sendable {
    package enum Subject: String, Hashable, Sendable {
        case event = "EVENT_PAYLOAD_DESCRIPTOR"
        case report = "REPORT_PAYLOAD_DESCRIPTOR"
    }
    package var subject: Subject
    package var payloadType: PayloadType
    package var units: Unit?
    /// ISO 4217, events only: a report says its currency inside `units` (fact sheet 1.9, defect 7).
    package var currency: String?
    /// Reports only.
    package var readingType: ReadingType?
    package var accuracy: JSONNumber?
    /// 0 … 100: how sure the reporter is.
    package var confidence: JSONNumber?
    private var extra = JSONObject()

    private static let members: Set<String> = [
        "objectType", "payloadType", "payLoadType", "units", "currency", "readingType", "accuracy",
        "confidence",
    ]

    package init(
        _ subject: Subject, _ payloadType: PayloadType, units: Unit? = nil, currency: String? = nil,
        readingType: ReadingType? = nil, confidence: JSONNumber? = nil
    ) {
        self.subject = subject
        self.payloadType = payloadType
        self.units = units
        self.currency = currency
        self.readingType = readingType
        self.confidence = confidence
    }

    /// `subject` is what the place implies where `objectType` is absent (fact sheet 1.9, defect 13).
    init(json: JSON, path: String, subject: Subject) throws {
        let reader = try ObjectReader(json, path: path)
        self.subject = try reader.text("objectType").flatMap(Subject.init(rawValue:)) ?? subject
        let type = try reader.text("payloadType") ?? reader.text("payLoadType")
        self.payloadType = PayloadType(rawValue: try reader.required("payloadType", type))
        self.units = try reader.text("units").map(Unit.init(rawValue:))
        self.currency = try reader.text("currency")
        self.readingType = try reader.text("readingType").map(ReadingType.init(rawValue:))
        self.accuracy = try reader.number("accuracy")
        self.confidence = try reader.number("confidence")
        self.extra = reader.object.without(Self.members)
    }

    package var json: JSON {
        var object: JSONObject = [
            "objectType": .string(self.subject.rawValue),
            "payloadType": .string(self.payloadType.rawValue),
        ]
        object.add("units", self.units.map { .string($0.rawValue) })
        object.add("currency", self.currency.map(JSON.string))
        object.add("readingType", self.readingType.map { .string($0.rawValue) })
        object.add("accuracy", self.accuracy.map(JSON.number))
        object.add("confidence", self.confidence.map(JSON.number))
        return .object(object.appending(self.extra))
    }
}

/// What an event asks a VEN to report, and when (fact sheet 1.5).
package struct ReportDescriptor: Hashable, Sendable {
    package var payloadType: PayloadType
    package var readingType: ReadingType?
    package var units: Unit?
    package var targets: [String]?
    /// One report over all resources, named `AGGREGATED_REPORT`.
    package var aggregate: Bool?
    /// Where a report is generated; −1 is the far end in the direction of travel.
    package var startInterval: Int?
    /// How many intervals a report covers; −1 is all.
    package var numIntervals: Int?
    /// True: what was before the point of generation; false: what comes after it, a forecast.
    package var historical: Bool?
    /// Intervals between reports; −1 is one report, 0 is whenever the VEN likes.
    package var frequency: Int?
    /// Number of reports; −1 is for ever.
    package var repetitions: Int?
    /// `INTERVALS`, `SUB_INTERVALS` or `OPEN_INTERVALS`.
    package var reportIntervals: String?
    private var extra = JSONObject()

    private static let members: Set<String> = [
        "payloadType", "payLoadType", "readingType", "units", "targets", "aggregate",
        "startInterval",
        "numIntervals", "historical", "frequency", "repeat", "reportIntervals",
    ]

    package init(
        _ payloadType: PayloadType, readingType: ReadingType? = nil, units: Unit? = nil,
        aggregate: Bool? = nil, startInterval: Int? = nil, numIntervals: Int? = nil,
        historical: Bool? = nil, frequency: Int? = nil, repetitions: Int? = nil,
        reportIntervals: String? = nil
    ) {
        self.payloadType = payloadType
        self.readingType = readingType
        self.units = units
        self.aggregate = aggregate
        self.startInterval = startInterval
        self.numIntervals = numIntervals
        self.historical = historical
        self.frequency = frequency
        self.repetitions = repetitions
        self.reportIntervals = reportIntervals
    }

    init(json: JSON, path: String) throws {
        let reader = try ObjectReader(json, path: path)
        let type = try reader.text("payloadType") ?? reader.text("payLoadType")
        self.payloadType = PayloadType(rawValue: try reader.required("payloadType", type))
        self.readingType = try reader.text("readingType").map(ReadingType.init(rawValue:))
        self.units = try reader.text("units").map(Unit.init(rawValue:))
        self.targets = try reader.texts("targets")
        self.aggregate = try reader.bool("aggregate")
        self.startInterval = try reader.int("startInterval")
        self.numIntervals = try reader.int("numIntervals")
        self.historical = try reader.bool("historical")
        self.frequency = try reader.int("frequency")
        self.repetitions = try reader.int("repeat")
        self.reportIntervals = try reader.text("reportIntervals")
        self.extra = reader.object.without(Self.members)
    }

    package var json: JSON {
        var object: JSONObject = ["payloadType": .string(self.payloadType.rawValue)]
        object.add("readingType", self.readingType.map { .string($0.rawValue) })
        object.add("units", self.units.map { .string($0.rawValue) })
        object.add("targets", self.targets.map(JSON.texts))
        object.add("aggregate", self.aggregate.map(JSON.bool))
        object.add("startInterval", self.startInterval.map { .number(JSONNumber($0)) })
        object.add("numIntervals", self.numIntervals.map { .number(JSONNumber($0)) })
        object.add("historical", self.historical.map(JSON.bool))
        object.add("frequency", self.frequency.map { .number(JSONNumber($0)) })
        object.add("repeat", self.repetitions.map { .number(JSONNumber($0)) })
        object.add("reportIntervals", self.reportIntervals.map(JSON.string))
        return .object(object.appending(self.extra))
    }
}

extension ObjectReader {
    func payloadDescriptors(_ subject: PayloadDescriptor.Subject) throws -> [PayloadDescriptor]? {
        try self.list("payloadDescriptors") {
            try PayloadDescriptor(json: $0, path: $1, subject: subject)
        }
    }
}
