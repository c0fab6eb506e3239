import Testing

@testable import OCPP

@Suite struct SessionTests {
    private let start = DateTime(microseconds: 1_795_464_000_000_000)

    private func id(_ frame: [UInt8]) -> String {
        JSONDocument.parse(frame).document.root.elements[1].string ?? ""
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func oneCallInFlightAndLateAnswers() {
        var session = Session(version: .v21, salt: 7)
        let queued = [
            session.enqueue(V2.HeartbeatRequest(), tag: 1),
            session.enqueue(V2.TriggerMessageRequest("Heartbeat"), tag: 2),
        ]
        #expect(queued == [true, true])
        let first = session.beginNext(at: start)
        let none = session.beginNext(at: start)
        #expect(first != nil && none == nil)
        let early = session.expired(at: start + 9)
        #expect(early?.tag == nil)
        let expired = session.expired(at: start + 10)
        #expect(expired?.tag == 1)
        let second = session.beginNext(at: start + 10)
        #expect(second != nil)
        guard case .ignored(.lateAnswer) = session.receive(bytes("[3,\"\(id(first ?? []))\",{}]"))
        else {
            Issue.record("a late answer completes nothing")
            return
        }
        guard
            case .completed(let open, .result) = session.receive(
                bytes("[3,\"\(id(second ?? []))\",{}]"))
        else {
            Issue.record("the answer completes the call")
            return
        }
        #expect(open.tag == 2 && session.isFree)
    }

    @Test func theQueueIsBounded() {
        var session = Session(version: .v16, salt: 1)
        for index in 0..<session.limits.mostWaiting {
            let isTaken = session.enqueue(V2.HeartbeatRequest(), tag: CallTag(code: index))
            #expect(isTaken)
        }
        let isTaken = session.enqueue(V2.HeartbeatRequest(), tag: 99)
        #expect(!isTaken)
    }

    @Test func aCallSentAgainGetsTheSameAnswerOnce() {
        var session = Session(version: .v201, salt: 1)
        let frame = bytes(#"[2,"x","Heartbeat",{}]"#)
        guard case .request(let call) = session.receive(frame) else {
            Issue.record("a call is a request")
            return
        }
        guard case .ignored(.doubledCall) = session.receive(frame) else {
            Issue.record("doubled while open: answered once")
            return
        }
        let answer = session.answer(call, EmptyPayload())
        guard case .reply(let again, nil) = session.receive(frame) else {
            Issue.record("doubled later: the same answer")
            return
        }
        #expect(again == answer)
        guard case .request = session.receive(bytes(#"[2,"x","BootNotification",{}]"#)) else {
            Issue.record("the same id with other content is another call")
            return
        }
    }

    @Test func tooManyOpenCalls() {
        var session = Session(version: .v16, salt: 1)
        for index in 0..<session.limits.mostOpenInbound {
            guard case .request = session.receive(bytes("[2,\"\(index)\",\"Heartbeat\",{}]")) else {
                Issue.record("call \(index) is taken")
                return
            }
        }
        guard case .reply(_, let error) = session.receive(bytes(#"[2,"z","Heartbeat",{}]"#)) else {
            Issue.record("one too many is answered by an error")
            return
        }
        #expect(error?.code == .genericError)
    }

    @Test func idsDifferBetweenConnections() {
        var one = Session(version: .v21, salt: 1)
        var two = Session(version: .v21, salt: 2)
        let first = one.begin(V2.HeartbeatRequest(), tag: 0, at: start)
        let second = two.begin(V2.HeartbeatRequest(), tag: 0, at: start)
        #expect(id(first) != id(second))
        #expect(id(first).utf8.count <= 36)
    }
}
