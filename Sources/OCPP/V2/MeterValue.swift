extension V2 {
    package struct SampledValue: Payload {
        package var value: Milli
        /// Default `Energy.Active.Import.Register`.
        package var measurand: String
        package var context: String?
        package var phase: String?
        package var location: String?
        /// Default `Wh`.
        package var unit: String?
        /// Power of ten of the value.
        package var multiplier: Int?

        package init(
            _ value: Milli, measurand: String, unit: String? = nil, context: String? = nil,
            location: String? = nil
        ) {
            self.value = value
            self.measurand = measurand
            self.unit = unit
            self.context = context
            self.location = location
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.value = try json.number("value")
            self.measurand =
                try json.optionalString("measurand") ?? "Energy.Active.Import.Register"
            self.context = try json.optionalString("context")
            self.phase = try json.optionalString("phase")
            self.location = try json.optionalString("location")
            let unit = json["unitOfMeasure"]
            self.unit = try unit?.optionalString("unit")
            self.multiplier = try unit?.optionalInt("multiplier")
        }

        package func write(to out: inout JSONWriter) {
            out.field("value", self.value)
            out.field("measurand", self.measurand)
            out.field("context", self.context)
            out.field("phase", self.phase)
            out.field("location", self.location)
            guard self.unit != nil || self.multiplier != nil else { return }
            out.object("unitOfMeasure") { out in
                out.field("unit", self.unit)
                out.field("multiplier", self.multiplier)
            }
        }
    }

    package struct MeterValue: Payload {
        package var timestamp: DateTime
        package var sampledValue: [SampledValue]

        package init(timestamp: DateTime, sampledValue: [SampledValue]) {
            self.timestamp = timestamp
            self.sampledValue = sampledValue
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.timestamp = try json.dateTime("timestamp")
            self.sampledValue = try json.objects("sampledValue", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.field("timestamp", self.timestamp)
            out.objects("sampledValue", self.sampledValue)
        }

        /// The same in the terms that all versions share.
        package var sample: MeterSnapshot {
            var snapshot = MeterSnapshot(at: self.timestamp)
            for sampled in self.sampledValue {
                let value =
                    sampled.multiplier.map { sampled.value.scaled(by: $0) } ?? sampled.value
                guard let value else { continue }
                snapshot.take(
                    value, measurand: sampled.measurand, unit: sampled.unit, phase: sampled.phase,
                    location: sampled.location)
            }
            return snapshot
        }
    }

    package struct MeterValuesRequest: Request {
        package typealias Answer = EmptyPayload
        package static let action = "MeterValues"
        package var evseId: Int
        package var meterValue: [MeterValue]

        package init(evseId: Int, meterValue: [MeterValue]) {
            self.evseId = evseId
            self.meterValue = meterValue
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.evseId = try json.int("evseId")
            self.meterValue = try json.objects("meterValue", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.field("evseId", self.evseId)
            out.objects("meterValue", self.meterValue)
        }
    }
}
