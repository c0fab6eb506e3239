/// A frame of OCPP-J as it came.
package enum Frame: Sendable {
    case call(id: String, action: String, payload: JSONValue)
    case result(id: String, payload: JSONValue)
    /// The code is kept as it came.
    case error(id: String, code: String, description: String)
    /// 2.1: the peer could not use our CALLRESULT.
    case resultError(id: String, code: String, description: String)
    /// 2.1: never answered.
    case send(id: String, action: String, payload: JSONValue)
    /// A message type that the version does not know: ignored (2.1 Part 4 section 4.1.3).
    case unknown(type: Int)
    case broken(BrokenFrame)

    /// Message ids of peers may be longer than the 36 characters of the specification; beyond this they are not read.
    package static let longestID = 64
    package static let longestAction = 64

    /// Reads one frame. Never fails: what cannot be read is ``broken(_:)`` with what to answer.
    package static func read(_ bytes: [UInt8], version: OCPPVersion, isStrict: Bool = false) -> Frame {
        let (document, fault) = JSONDocument.parse(bytes, version: version, isStrict: isStrict)
        guard let first = document.nodes.first, first.kind == .array else {
            return .broken(
                BrokenFrame(.rpcFrameworkError, fault?.message ?? "a frame is a JSON array"))
        }
        let parts = fault == nil ? document.root.elements : Self.head(of: document)
        let type = parts.first?.isNumber == true ? parts[0].int : nil
        var id: String?
        if parts.count > 1, parts[1].isString, let text = parts[1].string,
            (1...Self.longestID).contains(text.utf8.count)
        {
            id = text
        }
        if let fault {
            let code = id == nil ? RPCErrorCode.rpcFrameworkError : .formatViolation
            return .broken(BrokenFrame(type: type, id: id, code, fault.message))
        }
        return Self.read(parts, type: type, id: id, version: version)
    }

    /// Type and id of a frame whose rest is broken, as far as they were read.
    private static func head(of document: JSONDocument) -> [JSONValue] {
        guard document.nodes.count > 2, document.nodes[1].kind == .number else { return [] }
        return [JSONValue(document: document, index: 1), JSONValue(document: document, index: 2)]
    }

    private static func read(
        _ parts: [JSONValue], type: Int?, id: String?, version: OCPPVersion
    ) -> Frame {
        guard let type else {
            return .broken(BrokenFrame(.rpcFrameworkError, "the message type is no number"))
        }
        guard (2...(version == .v21 ? 6 : 4)).contains(type) else { return .unknown(type: type) }
        guard let id else {
            return .broken(
                BrokenFrame(
                    type: type, .rpcFrameworkError, "the message id is no string of 1 to 64 bytes"))
        }
        switch type {
        case 2, 6:
            guard parts.count == 4, parts[2].isString, let action = parts[2].string,
                action.utf8.count <= Self.longestAction
            else {
                return .broken(
                    BrokenFrame(
                        type: type, id: id, .rpcFrameworkError, "wanted [type, id, action, {…}]"))
            }
            guard parts[3].isObject else {
                return .broken(
                    BrokenFrame(type: type, id: id, .formatViolation, "the payload is no object"))
            }
            return type == 2
                ? .call(id: id, action: action, payload: parts[3])
                : .send(id: id, action: action, payload: parts[3])
        case 3:
            guard parts.count == 3, parts[2].isObject else {
                return .broken(
                    BrokenFrame(type: type, id: id, .formatViolation, "wanted [3, id, {…}]"))
            }
            return .result(id: id, payload: parts[2])
        default:
            let code = parts.count > 2 ? parts[2].string ?? "" : ""
            let description = parts.count > 3 ? parts[3].string ?? "" : ""
            return type == 4
                ? .error(id: id, code: code, description: String(description.prefix(255)))
                : .resultError(id: id, code: code, description: String(description.prefix(255)))
        }
    }
}

/// A frame that cannot be used, with the answer that it deserves.
package struct BrokenFrame: Hashable, Sendable {
    /// The message type where it could be read.
    package var type: Int?
    /// The id where it could be read.
    package var id: String?
    package var error: OCPPError

    init(
        type: Int? = nil, id: String? = nil, _ code: RPCErrorCode, _ message: String
    ) {
        self.type = type
        self.id = id
        self.error = OCPPError(code, message)
    }

    /// CALLERROR for a broken CALL (id "-1" where it is unreadable), CALLRESULTERROR for a broken CALLRESULT
    /// on 2.1, nothing for the rest.
    package func answer(version: OCPPVersion) -> [UInt8]? {
        switch self.type {
        case nil, 2:
            return FrameWriter.error(id: self.id ?? "-1", self.error, version: version)
        case 3 where version == .v21 && self.id != nil:
            return FrameWriter.resultError(id: self.id ?? "-1", self.error, version: version)
        default:
            return nil
        }
    }
}
