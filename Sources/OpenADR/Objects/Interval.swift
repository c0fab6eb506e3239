/// When an interval, or a set of them, starts and how long each is.
package struct IntervalPeriod: Hashable, Sendable {
    package var start: DateTime?
    package var duration: ISODuration?
    /// Greatest offset of the start, before or after it, drawn once (fact sheet 1.4).
    package var randomizeStart: ISODuration?
    private var extra = JSONObject()

    package init(
        start: DateTime? = nil, duration: ISODuration? = nil, randomizeStart: ISODuration? = nil
    ) {
        self.start = start
        self.duration = duration
        self.randomizeStart = randomizeStart
    }

    init(json: JSON, path: String) throws {
        let reader = try ObjectReader(json, path: path)
        self.start = try reader.dateTime("start")
        self.duration = try reader.duration("duration")
        self.randomizeStart = try reader.duration("randomizeStart")
        self.extra = reader.object.without(["start", "duration", "randomizeStart"])
    }

    package var json: JSON {
        var object = JSONObject()
        object.add("start", self.start.map { .string($0.text) })
        object.add("duration", self.duration.map { .string($0.text) })
        object.add("randomizeStart", self.randomizeStart.map { .string($0.text) })
        return .object(object.appending(self.extra))
    }

    /// This period's members, and those of `other` where this one has none.
    package func filled(from other: IntervalPeriod?) -> IntervalPeriod {
        var period = self
        period.start = self.start ?? other?.start
        period.duration = self.duration ?? other?.duration
        period.randomizeStart = self.randomizeStart ?? other?.randomizeStart
        return period
    }
}

/// A stretch of time with its payloads. The client chooses the id; it is no position.
package struct Interval: Hashable, Sendable {
    package var id: Int
    package var intervalPeriod: IntervalPeriod?
    package var payloads: [ValuesMap]
    private var extra = JSONObject()

    package init(id: Int, intervalPeriod: IntervalPeriod? = nil, payloads: [ValuesMap]) {
        self.id = id
        self.intervalPeriod = intervalPeriod
        self.payloads = payloads
    }

    init(json: JSON, path: String) throws {
        let reader = try ObjectReader(json, path: path)
        self.id = try reader.required("id", try reader.int("id"))
        self.intervalPeriod = try reader.intervalPeriod()
        self.payloads = try reader.required("payloads", try reader.valuesMaps("payloads"))
        self.extra = reader.object.without(["id", "intervalPeriod", "payloads"])
    }

    package var json: JSON {
        var object: JSONObject = ["id": .number(JSONNumber(self.id))]
        object.add("intervalPeriod", self.intervalPeriod?.json)
        object.add("payloads", self.payloads.json)
        return .object(object.appending(self.extra))
    }
}
