/// Error codes of OCPP-J. Each version has its own spelling; every spelling is read on every version.
package enum RPCErrorCode: String, Hashable, Sendable, CaseIterable {
    case formatViolation = "FormatViolation"
    case genericError = "GenericError"
    case internalError = "InternalError"
    case messageTypeNotSupported = "MessageTypeNotSupported"
    case notImplemented = "NotImplemented"
    case notSupported = "NotSupported"
    case occurrenceConstraintViolation = "OccurrenceConstraintViolation"
    case propertyConstraintViolation = "PropertyConstraintViolation"
    case protocolError = "ProtocolError"
    case rpcFrameworkError = "RpcFrameworkError"
    case securityError = "SecurityError"
    case typeConstraintViolation = "TypeConstraintViolation"

    /// As the version spells it; 1.6 keeps two misspelt names and lacks two codes (J errata section 5).
    package func wire(in version: OCPPVersion) -> String {
        guard version == .v16 else { return self.rawValue }
        return switch self {
        case .formatViolation: "FormationViolation"
        case .occurrenceConstraintViolation: "OccurenceConstraintViolation"
        case .rpcFrameworkError, .messageTypeNotSupported: "ProtocolError"
        default: self.rawValue
        }
    }

    /// Reads the spelling of any version; nil for what no version knows.
    package init?(wire: String) {
        switch wire {
        case "FormationViolation": self = .formatViolation
        case "OccurenceConstraintViolation": self = .occurrenceConstraintViolation
        case "MessageTypeNotImplemented": self = .messageTypeNotSupported
        default: self.init(rawValue: wire)
        }
    }
}
