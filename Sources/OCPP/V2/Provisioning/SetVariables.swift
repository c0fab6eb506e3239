extension V2 {
    /// Writes variables of the device model (B05).
    package struct SetVariablesRequest: TableRequest {
        package typealias Answer = SetVariablesResponse
        package static let action = "SetVariables"
        package var setVariableData: [SetVariableData] = []
        package init() {}
        package init(_ setVariableData: [SetVariableData]) { self.setVariableData = setVariableData }
        package static let fields: [Field<Self>] = [.init("setVariableData", \.setVariableData)]
    }

    package struct SetVariableData: Table {
        package var attributeType: String?
        package var attributeValue = ""
        package var component = Component()
        package var variable = Variable()
        package init() {}
        package init(_ component: Component, _ variable: Variable, to value: String) {
            self.component = component
            self.variable = variable
            self.attributeValue = value
        }
        package static let fields: [Field<Self>] = [
            .init("attributeType", \.attributeType, of: V2.attributeTypes),
            .init("attributeValue", \.attributeValue, length: 2_500, length201: 1_000), .init("component", \.component),
            .init("variable", \.variable),
        ]
    }

    package struct SetVariableResult: Table {
        package var attributeStatus = ""
        package var attributeStatusInfo: StatusInfo?
        package var attributeType: String?
        package var component = Component()
        package var variable = Variable()
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("attributeType", \.attributeType, of: V2.attributeTypes),
            .init(
                "attributeStatus", \.attributeStatus,
                of: [
                    "Accepted", "Rejected", "UnknownComponent", "UnknownVariable", "NotSupportedAttributeType",
                    "RebootRequired",
                ]),
            .init("attributeStatusInfo", \.attributeStatusInfo), .init("component", \.component),
            .init("variable", \.variable),
        ]
    }

    package struct SetVariablesResponse: Table {
        package var setVariableResult: [SetVariableResult] = []
        package init() {}
        package static let fields: [Field<Self>] = [.init("setVariableResult", \.setVariableResult)]
    }
}
