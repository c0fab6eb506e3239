import OpenADR
import Testing

@Suite("Objects of OpenADR 3.1")
struct ObjectTests {
    private func object(_ text: String) throws -> JSONObject {
        try #require(try JSONParser.parse(text).object)
    }

    private func roundTrip<Request: ObjectRequest>(_ type: Request.Type, _ text: String) throws
        -> String
    {
        JSONWriter.text(.object(try Request(object: self.object(text)).object))
    }

    @Test func eventKeepsWhatItDoesNotKnow() throws {
        let text = """
            {"programID":"p-1","eventName":"e","duration":"P7D","priority":1,"targets":[],\
            "reportDescriptors":[{"payloadType":"X_OWN","units":"HZ","frequency":0,"future":[1.50]}],\
            "payloadDescriptors":[{"objectType":"EVENT_PAYLOAD_DESCRIPTOR","payloadType":"PRICE","currency":"EUR"}],\
            "intervalPeriod":{"start":"0001-01-01","duration":"P9999Y","randomizeStart":"PT5M"},\
            "intervals":[{"id":7,"payloads":[{"type":"PRICE","values":[0.10,-1e3]},\
            {"type":"CURVE","values":[{"x":1.0,"y":2.0}]},{"type":"MINE","values":["a",true]}],"note":"n"}],\
            "x-extension":{"deep":[null]}}
            """
        #expect(try self.roundTrip(EventRequest.self, text) == text)
    }

    @Test func reportProgramSubscriptionRoundTrip() throws {
        let report = """
            {"eventID":"e1","clientName":"fleet","reportName":"r","payloadDescriptors":\
            [{"objectType":"REPORT_PAYLOAD_DESCRIPTOR","payloadType":"READING","units":"KW","readingType":"MEAN",\
            "accuracy":0.1,"confidence":99}],"resources":[{"resourceName":"AGGREGATED_REPORT","intervalPeriod":\
            {"start":"2026-11-26T10:00:00Z","duration":"PT5M"},"intervals":[{"id":0,"payloads":[{"type":"READING",\
            "values":[-249.50]}]}]}]}
            """
        #expect(try self.roundTrip(ReportRequest.self, report) == report)
        let program = """
            {"programName":"VPP","attributes":[{"type":"BINDING_EVENTS","values":[true]}],"targets":["a"],\
            "programDescriptions":[{"URL":"https://example.org"}]}
            """
        #expect(try self.roundTrip(ProgramRequest.self, program) == program)
        let subscription = """
            {"clientName":"c","programID":"p","objectOperations":[{"objects":["EVENT"],"operations":\
            ["CREATE","DELETE"],"callbackUrl":"https://h/x","bearerToken":"t"}],"targets":["g"]}
            """
        #expect(try self.roundTrip(SubscriptionRequest.self, subscription) == subscription)
    }

    @Test func requestsCarryTheirDiscriminator() throws {
        #expect(
            JSONWriter.text(.object(VenRequest(venName: "v").object))
                == #"{"objectType":"VEN_VEN_REQUEST","venName":"v"}"#)
        #expect(
            VenRequest(venName: "v", clientID: "c").object["objectType"]
                == .string("BL_VEN_REQUEST"))
        let venID = try #require(ObjectID("v1"))
        #expect(
            ResourceRequest(resourceName: "r", venID: venID).object["objectType"]
                == .string("VEN_RESOURCE_REQUEST"))
    }

    @Test func storedObjectsCarryTheVTNsStamps() throws {
        let ven = Ven(
            id: try #require(ObjectID("v1")),
            created: try #require(DateTime("2026-11-26T10:00:00Z")),
            modified: try #require(DateTime("2026-11-26T11:00:00Z")), clientID: "c",
            request: VenRequest(venName: "v"))
        let text = """
            {"id":"v1","createdDateTime":"2026-11-26T10:00:00Z","modificationDateTime":\
            "2026-11-26T11:00:00Z","objectType":"VEN","venName":"v","clientID":"c"}
            """
        #expect(JSONWriter.text(ven.json) == text)
        #expect(JSONWriter.text(try Ven(json: JSONParser.parse(text)).json) == text)
    }

    @Test(
        arguments: [
            (#"{}"#, "programID is missing"), (#"{"programID":"../x"}"#, "programID: send an id"),
            (#"{"programID":"null"}"#, "programID: send an id"),
            (#"{"programID":"p","priority":-1}"#, "priority: send a whole number"),
            (#"{"programID":"p","priority":1.5}"#, "priority: send a whole number"),
            (#"{"programID":"p","intervals":[{"payloads":[]}]}"#, "intervals[0].id is missing"),
            (#"{"programID":"p","intervals":[{"id":0}]}"#, "intervals[0].payloads is missing"),
            (
                #"{"programID":"p","intervals":[{"id":0,"payloads":[{"type":"A","values":[null]}]}]}"#,
                "intervals[0].payloads[0].values[0]: send"
            ),
            (
                #"{"programID":"p","intervalPeriod":{"start":"soon"}}"#,
                "intervalPeriod.start: send a date-time"
            ),
            (#"{"programID":"p","duration":"-PT5M"}"#, "duration: send a duration ≥ 0"),
            (#"{"programID":"p","targets":"g"}"#, "targets: send a list"),
            (#"{"programID":"p","targets":[""]}"#, "targets[0]: send text"),
        ])
    func badEventsSayWhatToDo(text: String, message: String) throws {
        let object = try self.object(text)
        #expect { try EventRequest(object: object) } throws: {
            ($0 as? OpenADRError)?.message.hasPrefix(message) == true
        }
    }

    @Test func nullIsAbsentAndSlipsAreUnderstood() throws {
        let event = try EventRequest(
            object: self.object(
                """
                {"programID":"p","targets":null,"intervalPeriod":{"start":"2026-11-26","randomizeStart":null},
                "payloadDescriptors":[{"payLoadType":"PRICE","units":null}]}
                """))
        #expect(event.targets == nil)
        #expect(event.intervalPeriod?.randomizeStart == nil)
        #expect(event.payloadDescriptors?.first?.payloadType == .price)
        #expect(event.payloadDescriptors?.first?.subject == .event)
    }

    @Test func notificationsOfAllDialects() throws {
        let plain = try JSONParser.parse(
            #"{"objectType":"EVENT","operation":"CREATE","object":{"id":"e1"},"targets":["g"]}"#)
        #expect(try Notification(json: plain).json == plain)
        let doubled = JSON.string(
            #"{"object_type":"EVENT","operation":"PUT","object":{"id":"e1"}}"#)
        let notification = try Notification(json: doubled)
        #expect(notification.operation == .update)
        #expect(notification.objectType == .event)
        #expect { try Notification(json: .object(["operation": .string("CREATE")])) } throws: { _ in
            true
        }
    }

    @Test func problems() throws {
        let problem = Problem(status: 404, title: "Not Found", detail: "no such event")
        #expect(
            JSONWriter.text(problem.json)
                == #"{"type":"about:blank","title":"Not Found","status":404,"detail":"no such event"}"#
        )
        #expect(Problem(json: problem.json) == problem)
        #expect(Problem(json: .array([])) == nil)
    }
}
