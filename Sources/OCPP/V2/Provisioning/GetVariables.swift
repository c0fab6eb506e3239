extension V2 {
    /// Reads variables of the device model (B06).
    package struct GetVariablesRequest: TableRequest {
        package typealias Answer = GetVariablesResponse
        package static let action = "GetVariables"
        package var getVariableData: [GetVariableData] = []
        package init() {}
        package init(_ getVariableData: [GetVariableData]) { self.getVariableData = getVariableData }
        package static let fields: [Field<Self>] = [.init("getVariableData", \.getVariableData)]
    }

    package static let attributeTypes = ["Actual", "Target", "MinSet", "MaxSet"]

    package struct GetVariableData: Table {
        /// Absent = `Actual`.
        package var attributeType: String?
        package var component = Component()
        package var variable = Variable()
        package init() {}
        package init(_ component: Component, _ variable: Variable) {
            self.component = component
            self.variable = variable
        }
        package static let fields: [Field<Self>] = [
            .init("attributeType", \.attributeType, of: V2.attributeTypes), .init("component", \.component),
            .init("variable", \.variable),
        ]
    }

    package struct GetVariableResult: Table {
        package var attributeStatus = ""
        package var attributeStatusInfo: StatusInfo?
        package var attributeType: String?
        package var attributeValue: String?
        package var component = Component()
        package var variable = Variable()
        package init() {}
        package init(status: String, value: String?, component: Component, variable: Variable) {
            self.attributeStatus = status
            self.attributeValue = value
            self.component = component
            self.variable = variable
        }
        package static let fields: [Field<Self>] = [
            .init(
                "attributeStatus", \.attributeStatus,
                of: ["Accepted", "Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"]),
            .init("attributeStatusInfo", \.attributeStatusInfo),
            .init("attributeType", \.attributeType, of: V2.attributeTypes),
            .init("attributeValue", \.attributeValue, length: 2_500), .init("component", \.component),
            .init("variable", \.variable),
        ]
    }

    package struct GetVariablesResponse: Table {
        package var getVariableResult: [GetVariableResult] = []
        package init() {}
        package init(_ getVariableResult: [GetVariableResult]) { self.getVariableResult = getVariableResult }
        package static let fields: [Field<Self>] = [.init("getVariableResult", \.getVariableResult)]
    }
}
