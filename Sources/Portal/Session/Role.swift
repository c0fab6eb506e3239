/// What a person may see. One user has one role.
package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
    case fleetOwner = "fleet-owner"
    case gridOperator = "grid-operator"
    case utility
    /// Whoever runs the virtual power plant: the control room.
    case vppOperator = "operator"

    /// The pages of the role, its home first.
    package var pages: [(path: String, title: String)] {
        switch self {
        case .fleetOwner: [("/owner", "Revenue and vehicles"), ("/owner/statement", "Statement")]
        case .gridOperator: [("/grid", "Bids and delivery")]
        case .utility: [("/utility", "Signals and response")]
        case .vppOperator: [("/control", "Control room"), ("/grid", "Bids and delivery")]
        }
    }
}

/// A person with a session.
package struct SignedIn: Hashable, Sendable {
    package var name: String
    package var role: Role
    package var tenant: String
    /// The owner whose figures a fleet owner sees.
    package var owner: String?
    /// Goes into each form and comes back with it.
    package var csrf: String

    package init(name: String, role: Role, tenant: String, owner: String?, csrf: String) {
        self.name = name
        self.role = role
        self.tenant = tenant
        self.owner = owner
        self.csrf = csrf
    }
}
