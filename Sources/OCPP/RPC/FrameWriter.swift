/// Frames of OCPP-J as bytes.
package enum FrameWriter {
    package static func call<Message: Request>(
        id: String, _ message: Message, version: OCPPVersion
    ) -> [UInt8] {
        var out = JSONWriter(version: version)
        out.array { out in
            out.element(2)
            out.element(id)
            out.element(Message.action)
            out.object { message.write(to: &$0) }
        }
        return out.bytes
    }

    package static func result(id: String, _ answer: some Payload, version: OCPPVersion) -> [UInt8] {
        var out = JSONWriter(version: version)
        out.array { out in
            out.element(3)
            out.element(id)
            out.object { answer.write(to: &$0) }
        }
        return out.bytes
    }

    /// `[3,"id",{}]`.
    package static func emptyResult(id: String) -> [UInt8] {
        var out = JSONWriter(version: .v21, capacity: id.utf8.count + 16)
        out.raw("[3,")
        out.element(id)
        out.raw(",{}]")
        return out.bytes
    }

    package static func error(id: String, _ error: OCPPError, version: OCPPVersion) -> [UInt8] {
        self.error(type: 4, id: id, error, version: version)
    }

    /// 2.1 only.
    package static func resultError(id: String, _ error: OCPPError, version: OCPPVersion) -> [UInt8] {
        self.error(type: 5, id: id, error, version: version)
    }

    private static func error(
        type: Int, id: String, _ error: OCPPError, version: OCPPVersion
    ) -> [UInt8] {
        var out = JSONWriter(version: version)
        out.array { out in
            out.element(type)
            out.element(id)
            out.element(error.code.wire(in: version))
            out.element(String(error.message.prefix(255)))
            out.object { _ in }
        }
        return out.bytes
    }
}
