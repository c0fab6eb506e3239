import Domain

/// What the demo offers to the grid: one resource for each way in which power is asked for.
enum DemoResource: String, CaseIterable, Sendable {
    /// Low-frequency response by a droop; the frequency comes over the fast stream.
    case response = "demo-fleet"
    /// Regulation, a set-point every four seconds over the fast stream.
    case regulation = "demo-regulation"
    /// Regulation as instructions in OpenADR events.
    case instructed = "demo-instructed"

    var id: ResourceID { ResourceID(self.rawValue) }
    var product: ProductID { self == .response ? "DEMO-FR" : "DEMO-AGC" }
    /// `programName` at the utility: one for each resource.
    var program: String { self == .instructed ? "DEMO-AGC-EVENTS" : self.product.rawValue }
    var isFast: Bool { self != .instructed }
}
