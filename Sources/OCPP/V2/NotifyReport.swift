extension V2 {
    /// A variable as a report tells it: the `Actual` value and the greatest value where there is one.
    package struct ReportData: Payload {
        package var component: Component
        package var variable: Variable
        package var value: String?
        package var maxLimit: Milli?

        package init(_ json: JSONValue) throws(OCPPError) {
            self.component = try json.object("component")
            self.variable = try json.object("variable")
            let attributes = json["variableAttribute"]?.elements ?? []
            let actual = attributes.first {
                ($0["type"]?.string ?? "Actual") == "Actual"
            }
            self.value = try actual?.optionalString("value")
            self.maxLimit = try json["variableCharacteristics"]?.optionalNumber("maxLimit")
        }

        package func write(to out: inout JSONWriter) {
            out.object("component", self.component)
            out.object("variable", self.variable)
            out.array("variableAttribute", [self.value]) { out, value in
                out.object { $0.field("value", value) }
            }
            guard let maxLimit = self.maxLimit else { return }
            out.object("variableCharacteristics") { out in
                out.field("dataType", "decimal")
                out.field("maxLimit", maxLimit)
                out.field("supportsMonitoring", false)
            }
        }
    }

    package struct NotifyReportRequest: Request {
        package typealias Answer = EmptyPayload
        package static let action = "NotifyReport"
        package var requestId: Int
        package var seqNo: Int
        package var generatedAt: DateTime?
        package var tbc: Bool
        package var reportData: [ReportData]

        package init(_ json: JSONValue) throws(OCPPError) {
            self.requestId = try json.int("requestId")
            self.seqNo = try json.optionalInt("seqNo") ?? 0
            self.generatedAt = try json.optionalDateTime("generatedAt")
            self.tbc = try json.optionalBool("tbc") ?? false
            self.reportData = try json.objects("reportData")
        }

        package func write(to out: inout JSONWriter) {
            out.field("requestId", self.requestId)
            out.field("generatedAt", self.generatedAt)
            out.field("seqNo", self.seqNo)
            if self.tbc { out.field("tbc", true) }
            out.objects("reportData", self.reportData)
        }
    }
}
