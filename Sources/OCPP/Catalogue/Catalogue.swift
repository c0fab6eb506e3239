/// Every action that we know, by version and by who may call it.
package enum Catalogue {
    /// Who calls.
    package enum Caller: Hashable, Sendable {
        case station
        case csms
        case either
    }

    package struct Entry: Sendable {
        package var action: String
        package var caller: Caller
        package var versions: [OCPPVersion]
        /// Reads a request.
        package var request: @Sendable (JSONValue) throws(OCPPError) -> any Payload
        /// Reads its answer; nil for what is never answered (SEND).
        package var answer: (@Sendable (JSONValue) throws(OCPPError) -> any Payload)?
        /// What the tables of both say, line by line; `.*` where a part is written by hand.
        package var shape: @Sendable (OCPPVersion) -> [String]

        init<Message: Request>(_ type: Message.Type, _ caller: Caller, _ versions: [OCPPVersion]) {
            self.action = Message.action
            self.caller = caller
            self.versions = versions
            self.request = { json throws(OCPPError) in try Message(json) }
            self.answer = { json throws(OCPPError) in try Message.Answer(json) }
            self.shape = { version in
                Catalogue.shape(Message.self, Message.action + "Request", version)
                    + Catalogue.answerShape(of: Message.self, Message.action + "Response", version)
            }
        }

        /// A SEND.
        init(sent type: (some Table).Type, action: String, _ versions: [OCPPVersion]) {
            self.action = action
            self.caller = .station
            self.versions = versions
            self.request = { json throws(OCPPError) in try type.init(json) }
            self.shape = { Catalogue.shape(type, action + "Request", $0) }
        }
    }

    private static func shape(_ type: any Payload.Type, _ name: String, _ version: OCPPVersion) -> [String] {
        if type is EmptyPayload.Type { return ["\(name) object required"] }
        guard let table = type as? any Table.Type else { return ["\(name) object required", "\(name).*"] }
        return table.shape(FieldRule(), name, "required", in: version)
    }

    private static func answerShape<Message: Request>(
        of type: Message.Type, _ name: String, _ version: OCPPVersion
    ) -> [String] {
        guard let table = type as? any TableRequest.Type,
            Message.Answer.self == V2.StatusAnswer.self || Message.Answer.self == V16.StatusAnswer.self
        else { return self.shape(Message.Answer.self, name, version) }
        let words = FieldRule(words: table.statuses, newWords: table.newStatuses)
        let lines = ["\(name) object required"] + String.shape(words, "\(name).status", "required", in: version)
        guard Message.Answer.self == V2.StatusAnswer.self else { return lines }
        return lines + V2.StatusInfo.shape(FieldRule(), "\(name).statusInfo", "optional", in: version)
    }

    package static let all: [Entry] = Self.station2 + Self.csms2 + Self.new2 + Self.station16 + Self.csms16

    private static let byVersion: [OCPPVersion: [String: Entry]] = {
        var found: [OCPPVersion: [String: Entry]] = [:]
        for entry in Self.all {
            for version in entry.versions { found[version, default: [:]][entry.action] = entry }
        }
        return found
    }()

    /// The action of that name in the version.
    package static func entry(_ action: String, in version: OCPPVersion) -> Entry? {
        self.byVersion[version]?[action]
    }

    /// What a station gets for an action that we do not answer: known but not for us to hear, or not known at all.
    package static func refusal(_ action: String, in version: OCPPVersion) -> OCPPError {
        self.entry(action, in: version) == nil
            ? OCPPError(.notImplemented, "\(action.prefix(64)) is not implemented here")
            : OCPPError(.notSupported, "\(action.prefix(64)) is not for a central system to hear")
    }
}
