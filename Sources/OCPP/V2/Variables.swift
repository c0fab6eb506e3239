extension V2 {
    package struct GetVariableData: Payload {
        package var component: Component
        package var variable: Variable

        package init(_ component: Component, _ variable: Variable) {
            self.component = component
            self.variable = variable
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.component = try json.object("component")
            self.variable = try json.object("variable")
        }

        package func write(to out: inout JSONWriter) {
            out.object("component", self.component)
            out.object("variable", self.variable)
        }
    }

    package struct GetVariablesRequest: Request {
        package typealias Answer = GetVariablesResponse
        package static let action = "GetVariables"
        package var getVariableData: [GetVariableData]

        package init(_ getVariableData: [GetVariableData]) {
            self.getVariableData = getVariableData
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.getVariableData = try json.objects("getVariableData", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.objects("getVariableData", self.getVariableData)
        }
    }

    package struct GetVariableResult: Payload {
        package var attributeStatus: String
        package var attributeValue: String?
        package var component: Component
        package var variable: Variable

        package init(
            status: String, value: String?, component: Component, variable: Variable
        ) {
            self.attributeStatus = status
            self.attributeValue = value
            self.component = component
            self.variable = variable
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.attributeStatus = try json.string("attributeStatus")
            self.attributeValue = try json.optionalString("attributeValue")
            self.component = try json.object("component")
            self.variable = try json.object("variable")
        }

        package func write(to out: inout JSONWriter) {
            out.field("attributeStatus", self.attributeStatus)
            out.field("attributeValue", self.attributeValue)
            out.object("component", self.component)
            out.object("variable", self.variable)
        }
    }

    package struct GetVariablesResponse: Payload {
        package var getVariableResult: [GetVariableResult]

        package init(_ getVariableResult: [GetVariableResult]) {
            self.getVariableResult = getVariableResult
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.getVariableResult = try json.objects("getVariableResult", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.objects("getVariableResult", self.getVariableResult)
        }
    }

    package struct SetVariableData: Payload {
        package var attributeValue: String
        package var component: Component
        package var variable: Variable

        package init(_ component: Component, _ variable: Variable, to value: String) {
            self.component = component
            self.variable = variable
            self.attributeValue = value
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.attributeValue = try json.string("attributeValue")
            self.component = try json.object("component")
            self.variable = try json.object("variable")
        }

        package func write(to out: inout JSONWriter) {
            out.field("attributeValue", self.attributeValue)
            out.object("component", self.component)
            out.object("variable", self.variable)
        }
    }

    package struct SetVariablesRequest: Request {
        package typealias Answer = SetVariablesResponse
        package static let action = "SetVariables"
        package var setVariableData: [SetVariableData]

        package init(_ setVariableData: [SetVariableData]) {
            self.setVariableData = setVariableData
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.setVariableData = try json.objects("setVariableData", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.objects("setVariableData", self.setVariableData)
        }
    }

    package struct SetVariablesResponse: Payload {
        package var setVariableResult: [GetVariableResult]

        package init(_ json: JSONValue) throws(OCPPError) {
            self.setVariableResult = try json.objects("setVariableResult", atLeast: 1)
        }

        package func write(to out: inout JSONWriter) {
            out.objects("setVariableResult", self.setVariableResult)
        }
    }

    package struct GetBaseReportRequest: Request {
        package typealias Answer = StatusAnswer
        package static let action = "GetBaseReport"
        package var requestId: Int
        package var reportBase: String

        package init(requestId: Int, reportBase: String = "FullInventory") {
            self.requestId = requestId
            self.reportBase = reportBase
        }

        package init(_ json: JSONValue) throws(OCPPError) {
            self.requestId = try json.int("requestId")
            self.reportBase = try json.string("reportBase")
        }

        package func write(to out: inout JSONWriter) {
            out.field("requestId", self.requestId)
            out.field("reportBase", self.reportBase)
        }
    }

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
