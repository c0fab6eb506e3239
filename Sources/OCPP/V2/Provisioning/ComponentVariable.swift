extension V2 {
    /// A variable of a component, or all of its variables.
    package struct ComponentVariable: Table {
        package var component = Component("")
        package var variable: Variable?
        package init() {}
        package static let fields: [Field<Self>] = [
            .init("component", \.component), .init("variable", \.variable),
        ]
    }
}
