import OpenADR
import Testing

@testable import Aggregator

@Suite("OpenADR VTN: objects")
struct OpenADRVTNObjectTests {
    @Test func createStampsReadUpdateDelete() async throws {
        let bench = try VTNBench()
        let body =
            #"{"id":"mine","createdDateTime":"1999-01-01T00:00:00Z","programName":"P","x":[0.10,1e3]}"#
        let created = try await bench.send("POST", "programs", body)
        #expect(created.status == 201)
        let id = try #require(created.json.object?["id"]?.string)
        #expect(id != "mine")
        #expect(created.json.object?["objectType"]?.string == "PROGRAM")
        #expect(created.json.object?["createdDateTime"]?.string == "2026-11-26T10:00:00Z")
        #expect(JSONWriter.text(created.json).hasSuffix(#""programName":"P","x":[0.10,1e3]}"#))
        #expect(try await bench.send("GET", "programs/\(id)").json == created.json)

        bench.advance(5)
        let updated = try await bench.send("PUT", "programs/\(id)", #"{"programName":"Q"}"#)
        #expect(updated.status == 200)
        #expect(updated.json.object?["id"]?.string == id)
        #expect(updated.json.object?["createdDateTime"]?.string == "2026-11-26T10:00:00Z")
        #expect(updated.json.object?["modificationDateTime"]?.string == "2026-11-26T10:00:05Z")
        bench.advance(5)
        let same = try await bench.send("PUT", "programs/\(id)", #"{"programName":"Q"}"#)
        #expect(same.json == updated.json, "a PUT that changes nothing wakes nobody")
        let faster = try await bench.send("PUT", "programs/\(id)", #"{"programName":"R"}"#)
        #expect(faster.json.object?["modificationDateTime"]?.string == "2026-11-26T10:00:10Z")

        let deleted = try await bench.send("DELETE", "programs/\(id)")
        #expect(deleted.status == 200)
        #expect(deleted.json == faster.json)
        #expect(try await bench.send("GET", "programs/\(id)").status == 404)
    }

    @Test func whatWasWrittenComesBackAsWritten() async throws {
        let bench = try VTNBench()
        let program = try await bench.make("programs", #"{"programName":"P"}"#)
        let event = """
            {"programID":"\(program)","targets":[],"intervalPeriod":{"start":"0001-01-01","duration":"P9999Y"},\
            "intervals":[{"id":3,"payloads":[{"type":"PRICE","values":[0.1]},{"type":"X","values":["a",-2.50]}]}]}
            """
        let id = try await bench.make("events", event)
        let text = JSONWriter.text(try await bench.send("GET", "events/\(id)").json)
        #expect(text.hasSuffix(String(event.dropFirst())))
        let nulls = try await bench.make(
            "events", #"{"programID":"\#(program)","intervalPeriod":null,"intervals":[]}"#)
        #expect(
            try await bench.send("GET", "events/\(nulls)").json.object?["intervalPeriod"] == nil)
        #expect(
            try await bench.send("GET", "events/\(nulls)").json.object?["intervals"] == .array([]))
    }

    @Test(
        arguments: [
            ("programs", #"{"programName":"P"}"#, 409), ("programs", #"{"programName":""}"#, 400),
            ("programs", "{}", 400), ("programs", "[]", 400), ("programs", "{", 400),
            ("events", #"{"programID":"unknown"}"#, 409), ("events", "{}", 400),
            ("events", #"{"programID":"PROGRAM","intervals":[{"id":0,"payloads":[]}]}"#, 400),
            ("events", #"{"programID":"PROGRAM","priority":-1}"#, 400),
            ("vens", #"{"objectType":"BL_VEN_REQUEST","venName":"v"}"#, 400),
            (
                "resources",
                #"{"objectType":"BL_RESOURCE_REQUEST","resourceName":"r","venID":"no"}"#, 409
            ),
            ("subscriptions", #"{"clientName":"c","objectOperations":[{"objects":["X"]}]}"#, 400),
            (
                "subscriptions",
                #"{"clientName":"c","programID":"no","objectOperations":[]}"#, 409
            ),
        ])
    func refusals(path: String, body: String, status: Int) async throws {
        let bench = try VTNBench()
        let program = try await bench.make("programs", #"{"programName":"P"}"#)
        let revision = bench.vtn.revision
        let answer = try await bench.send(
            "POST", path, body.replacing("PROGRAM", with: program))
        #expect(answer.status == status)
        #expect(answer.json.object?["status"]?.number?.int == status)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(
            (answer.json.object?["detail"]?.string ?? "").contains(":") || body == "[]"
                || body == "{")
        #expect(bench.vtn.revision == revision, "a refused request changes nothing")
    }

    @Test func namesAreUnique() async throws {
        let bench = try VTNBench()
        let ven = try await bench.make("vens", #"{"venName":"v"}"#, as: "ven_client")
        #expect(
            try await bench.send("POST", "vens", #"{"venName":"v"}"#, as: "ven_client2").status
                == 409)
        #expect(
            try await bench.send("POST", "vens", #"{"venName":"w"}"#, as: "ven_client").status
                == 409)
        let resource = #"{"resourceName":"r","venID":"\#(ven)"}"#
        _ = try await bench.make("resources", resource, as: "ven_client")
        #expect(try await bench.send("POST", "resources", resource, as: "ven_client").status == 409)
        #expect(
            try await bench.send("PUT", "vens/\(ven)", #"{"venName":"v"}"#, as: "ven_client").status
                == 200)
    }

    @Test func deletingCascades() async throws {
        let bench = try VTNBench()
        let program = try await bench.make("programs", #"{"programName":"P"}"#)
        let event = try await bench.make("events", #"{"programID":"\#(program)"}"#)
        _ = try await bench.make(
            "reports", #"{"eventID":"\#(event)","clientName":"c","resources":[]}"#, as: "ven_client"
        )
        _ = try await bench.send("DELETE", "programs/\(program)")
        #expect(try await bench.ids("events").isEmpty)
        #expect(try await bench.ids("reports").isEmpty)
    }

    @Test func pagesAndFilters() async throws {
        let bench = try VTNBench()
        var programs: [String] = []
        for index in 0..<3 {
            programs.append(try await bench.make("programs", #"{"programName":"P\#(index)"}"#))
        }
        var events: [String] = []
        for index in 0..<60 {
            let target = index % 2 == 0 ? "even" : "odd"
            events.append(
                try await bench.make(
                    "events",
                    #"{"programID":"\#(programs[index % 3])","targets":["\#(target)"],"eventName":"e\#(index)"}"#
                ))
        }
        #expect(try await bench.ids("events") == Array(events[..<50]))
        #expect(try await bench.ids("events?skip=50") == Array(events[50...]))
        #expect(try await bench.ids("events?skip=59&limit=5") == [events[59]])
        #expect(try await bench.ids("events?limit=0").isEmpty)
        let some = events.indices.filter { $0 % 3 == 0 && $0 % 2 == 0 }.map { events[$0] }
        #expect(try await bench.ids("events?programID=\(programs[0])&targets=even") == some)
        #expect(
            try await bench.ids("events?programID=\(programs[0])&targets=even&skip=3&limit=2")
                == Array(some[3..<5]))
        #expect(try await bench.ids("events?targets=even&targets=odd").count == 50)
        #expect(try await bench.ids("events?targets=even,odd").count == 50)
        #expect(try await bench.ids("events?programID=none").isEmpty)
        #expect(try await bench.ids("events?targetType=VEN_NAME&targetValues=x").count == 50)
        for bad in ["limit=51", "limit=-1", "skip=-1", "limit=x", "active=maybe", "skip=%zz"] {
            #expect(try await bench.send("GET", "events?\(bad)").status == 400, "\(bad)")
        }
    }

    @Test func activeLeavesOutWhatIsOver() async throws {
        let bench = try VTNBench()
        let program = try await bench.make("programs", #"{"programName":"P"}"#)
        func event(_ start: String) async throws -> String {
            try await bench.make(
                "events",
                #"{"programID":"\#(program)","intervalPeriod":{"start":"\#(start)","duration":"PT5M"},"#
                    + #""intervals":[{"id":0,"payloads":[]}]}"#)
        }
        _ = try await event("2026-11-26T09:00:00Z")
        let running = try await event("2026-11-26T09:58:00Z")
        let future = try await event("2026-12-03T09:58:00Z")
        let now = try await event("0001-01-01")
        #expect(try await bench.ids("events?active=true") == [running, future, now])
        #expect(try await bench.ids("events?active=false").count == 1)
        bench.advance(400)
        #expect(try await bench.ids("events?active=true") == [future])
    }

    @Test func reportsFilterByEventAndProgramme() async throws {
        let bench = try VTNBench()
        let program = try await bench.make("programs", #"{"programName":"P"}"#)
        let first = try await bench.make("events", #"{"programID":"\#(program)"}"#)
        let second = try await bench.make("events", #"{"programID":"\#(program)"}"#)
        let body = #"{"eventID":"E","clientName":"c","resources":[],"clientID":"forged"}"#
        let mine = try await bench.make(
            "reports", body.replacing("E", with: first), as: "ven_client")
        let other = try await bench.make(
            "reports", body.replacing("E", with: second), as: "ven_client2")
        #expect(try await bench.ids("reports?eventID=\(first)") == [mine])
        #expect(try await bench.ids("reports?programID=\(program)") == [mine, other])
        #expect(try await bench.ids("reports?clientName=d").isEmpty)
        let read = try await bench.send("GET", "reports/\(mine)")
        #expect(read.json.object?["clientID"]?.string == "ven_client")
        #expect(try await bench.send("DELETE", "reports/\(mine)").status == 200)
    }

    @Test func theStoreIsBounded() async throws {
        let bench = try VTNBench { $0.objectLimit = 2 }
        for index in 0..<2 {
            _ = try await bench.make("programs", #"{"programName":"P\#(index)"}"#)
        }
        let answer = try await bench.send("POST", "programs", #"{"programName":"P2"}"#)
        #expect(answer.status == 500)
        #expect(try await bench.ids("programs").count == 2)
        let large = try VTNBench { $0.bodyLimit = 100 }
        let body = #"{"programName":"\#(String(repeating: "x", count: 100))"}"#
        #expect(try await large.send("POST", "programs", body).status == 413)
    }
}

@Suite("OpenADR VTN: who may do what")
struct OpenADRVTNAccessTests {
    @Test func tokensFromFormAndHeader() async throws {
        let bench = try VTNBench()
        func ask(_ form: String, basic: String? = nil) async throws -> (VTNResponse, JSONObject) {
            let response = await bench.vtn.respond(
                to: VTNRequest(
                    method: "POST", path: "auth/token", authorization: basic,
                    contentType: "application/x-www-form-urlencoded", body: Array(form.utf8)))
            return (response, try #require(try JSONParser.parse(response.body).object))
        }
        // ven_client:999
        let (answer, json) = try await ask(
            "grant_type=client_credentials", basic: "Basic dmVuX2NsaWVudDo5OTk=")
        #expect(answer.status == 200)
        #expect(json["token_type"]?.string == "Bearer")
        #expect(answer.headers.contains { $0 == ("cache-control", "no-store") })
        let (_, scoped) = try await ask(
            "grant_type=client_credentials&client_id=ven_client&client_secret=999&scope=read_targets%20write_reports"
        )
        #expect(scoped["scope"]?.string == "read_targets write_reports")
        let cases: [(String, String?, Int, String)] = [
            ("client_id=a", nil, 400, "invalid_request"),
            ("grant_type=password", nil, 400, "unsupported_grant_type"),
            ("grant_type=client_credentials", nil, 400, "invalid_request"),
            (
                "grant_type=client_credentials&client_id=ven_client&client_secret=no", nil, 400,
                "invalid_client"
            ),
            (
                "grant_type=client_credentials&client_id=nobody&client_secret=", nil, 400,
                "invalid_client"
            ),
            ("grant_type=client_credentials", "Basic dmVuX2NsaWVudDpubw==", 401, "invalid_client"),
            (
                "grant_type=client_credentials&client_id=ven_client&client_secret=999&scope=read_all",
                nil, 400,
                "invalid_scope"
            ),
        ]
        for (form, basic, status, error) in cases {
            let (answer, json) = try await ask(form, basic: basic)
            #expect(answer.status == status)
            #expect(json["error"]?.string == error)
            #expect(answer.headers.contains { $0 == ("cache-control", "no-store") })
        }
    }

    @Test func badTokensAreRefused() async throws {
        let bench = try VTNBench()
        let token = try await bench.token("bl_client", "1001")
        func status(_ authorization: String?) async -> (Int, [String: String]) {
            let response = await bench.vtn.respond(
                to: VTNRequest(method: "GET", path: "programs", authorization: authorization))
            return (response.status, Dictionary(response.headers) { first, _ in first })
        }
        #expect(await status("Bearer \(token)").0 == 200)
        var forged = Array(token.utf8)
        forged[token.utf8.count - 3] ^= 1
        let parts = token.split(separator: ".")
        let unsigned = "eyJhbGciOiJub25lIn0.\(parts[1])."
        for bad in [
            nil, "Bearer", "Bearer x", "Basic \(token)",
            "Bearer \(String(decoding: forged, as: UTF8.self))",
            "Bearer \(unsigned)", "Bearer \(parts[0]).\(parts[1]).",
        ] {
            let answer = await status(bad)
            #expect(answer.0 == 401, "\(bad ?? "none")")
            #expect(answer.1["www-authenticate"] == "Bearer realm=\"openadr\"")
        }
        bench.advance(3_600)
        #expect(await status("Bearer \(token)").0 == 401, "an expired token")
        let restarted = try VTNBench()
        let response = await restarted.vtn.respond(
            to: VTNRequest(method: "GET", path: "programs", authorization: "Bearer \(token)"))
        #expect(response.status == 401, "a token of another life")
    }

    @Test func accessGoesByScope() async throws {
        let bench = try VTNBench()
        for path in ["programs", "events"] {
            #expect(try await bench.send("POST", path, "{}", as: "ven_client").status == 403)
        }
        #expect(try await bench.send("POST", "reports", "{}", as: "bl_client").status == 403)
        let narrow = try await bench.token("bl_client", "1001", scope: "write_programs")
        let read = await bench.vtn.respond(
            to: VTNRequest(method: "GET", path: "programs", authorization: "Bearer \(narrow)"))
        #expect(read.status == 403)
        #expect(
            try await bench.send("POST", "programs", #"{"programName":"P"}"#, as: nil).status == 401
        )
        #expect(
            try await bench.send("GET", "notifiers", as: "ven_client").json.object?["WEBHOOK"]
                == .bool(true))
        #expect(try await bench.send("GET", "notifiers", as: nil).status == 401)
        let server = try await bench.send("GET", "auth/server", as: nil)
        #expect(
            server.json.object?["tokenURL"]?.string == "http://vtn.test/openadr3/3.1.0/auth/token")
    }

    @Test func methodsPathsAndMediaTypes() async throws {
        let bench = try VTNBench()
        for (method, path, allow) in [
            ("PUT", "programs", "GET, POST"), ("DELETE", "events", "GET, POST"),
            ("POST", "programs/x", "GET, PUT, DELETE"), ("PATCH", "vens/x", "GET, PUT, DELETE"),
            ("GET", "auth/token", "POST"), ("POST", "auth/server", "GET"),
        ] {
            let answer = try await bench.send(method, path)
            #expect(answer.status == 405, "\(method) \(path)")
            #expect(answer.headers["allow"] == allow)
        }
        for path in ["nothing", "programs/a/b", "notifiers/mqtt/topics/programs", ""]
        where !path.isEmpty {
            #expect(try await bench.send("GET", path).status == 404, "\(path)")
        }
        for id in ["unknown", "null", "..", "%2e%2e"] {
            #expect(try await bench.send("GET", "programs/\(id)").status == 404, "\(id)")
        }
        let media = try await bench.send("POST", "programs", "<x/>", contentType: "text/xml")
        #expect(media.status == 415)
        let charset = try await bench.send(
            "POST", "programs", #"{"programName":"P"}"#,
            contentType: "application/json; charset=utf-8")
        #expect(charset.status == 201)
        let problem = try await bench.send("GET", "programs/x", accept: "application/problem+json")
        #expect(problem.headers["content-type"] == "application/problem+json")
    }

    @Test func privacyByTargets() async throws {
        let bench = try VTNBench()
        let program = try await bench.make("programs", #"{"programName":"P"}"#)
        let ven = try await bench.make(
            "vens",
            #"{"objectType":"BL_VEN_REQUEST","clientID":"ven_client","venName":"v","targets":["g1"]}"#
        )
        func event(_ targets: String) async throws -> String {
            try await bench.make("events", #"{"programID":"\#(program)","targets":\#(targets)}"#)
        }
        let forAll = try await event("[]")
        let granted = try await event(#"["g1","g2"]"#)
        let hidden = try await event(#"["g2"]"#)
        #expect(try await bench.ids("events", as: "ven_client") == [forAll, granted])
        #expect(try await bench.ids("events", as: "ven_client2") == [forAll])
        #expect(try await bench.ids("events?targets=g2", as: "ven_client").isEmpty)
        #expect(try await bench.ids("events?targets=g1", as: "ven_client") == [granted])
        #expect(try await bench.send("GET", "events/\(hidden)", as: "ven_client").status == 404)
        let shown = try await bench.send("GET", "events/\(granted)", as: "ven_client")
        #expect(
            shown.json.object?["targets"] == .array([.string("g1")]), "other targets are hidden")
        let report = #"{"eventID":"\#(hidden)","clientName":"c","resources":[]}"#
        #expect(try await bench.send("POST", "reports", report, as: "ven_client").status == 409)

        // A target granted on a resource counts as well.
        let resource = try await bench.make(
            "resources", #"{"resourceName":"r","venID":"\#(ven)"}"#, as: "ven_client")
        #expect(try await bench.ids("events", as: "ven_client").contains(hidden) == false)
        _ = try await bench.send(
            "PUT", "resources/\(resource)",
            #"{"objectType":"BL_RESOURCE_REQUEST","resourceName":"r","venID":"\#(ven)","clientID":"ven_client","targets":["g2"]}"#
        )
        #expect(try await bench.ids("events", as: "ven_client") == [forAll, granted, hidden])
    }

    @Test func aVENCannotGrantItselfTargets() async throws {
        let bench = try VTNBench()
        let ven = try await bench.make(
            "vens", #"{"objectType":"VEN_VEN_REQUEST","venName":"v","targets":["g1"]}"#,
            as: "ven_client")
        #expect(try await bench.send("GET", "vens/\(ven)").json.object?["targets"] == nil)
        _ = try await bench.send(
            "PUT", "vens/\(ven)",
            #"{"objectType":"BL_VEN_REQUEST","clientID":"ven_client","venName":"v","targets":["g1"]}"#
        )
        // The VEN's own write neither adds nor loses what was granted, nor gives its ven away.
        let written = try await bench.send(
            "PUT", "vens/\(ven)", #"{"venName":"v2","targets":["g9"],"clientID":"ven_client2"}"#,
            as: "ven_client")
        #expect(written.json.object?["targets"] == .array([.string("g1")]))
        #expect(written.json.object?["clientID"]?.string == "ven_client")
        #expect(written.json.object?["objectType"]?.string == "VEN")
        let resource = try await bench.send(
            "POST", "resources", #"{"resourceName":"r","targets":["g1"]}"#, as: "ven_client")
        #expect(resource.status == 201, "without venID the token's own ven is meant")
        #expect(resource.json.object?["targets"] == nil)
        #expect(resource.json.object?["venID"]?.string == ven)
        #expect(resource.json.object?["clientID"]?.string == "ven_client")
    }

    @Test func aVENSeesOnlyItsOwn() async throws {
        let bench = try VTNBench()
        let program = try await bench.make("programs", #"{"programName":"P"}"#)
        let event = try await bench.make("events", #"{"programID":"\#(program)"}"#)
        let subscription = #"""
            {"clientName":"c","objectOperations":[{"objects":["EVENT"],"operations":["CREATE"],
            "callbackUrl":"http://127.0.0.1:9/x","bearerToken":"secret"}]}
            """#
        var own: [String: [String: String]] = [:]
        for client in ["ven_client", "ven_client2"] {
            let ven = try await bench.make("vens", #"{"venName":"\#(client)"}"#, as: client)
            own[client] = [
                "vens": ven,
                "resources": try await bench.make(
                    "resources", #"{"resourceName":"r","venID":"\#(ven)"}"#, as: client),
                "reports": try await bench.make(
                    "reports", #"{"eventID":"\#(event)","clientName":"c","resources":[]}"#,
                    as: client),
                "subscriptions": try await bench.make("subscriptions", subscription, as: client),
            ]
        }
        for (collection, id) in own["ven_client2"] ?? [:] {
            #expect(
                try await bench.ids(collection, as: "ven_client") == [
                    own["ven_client"]?[collection]
                ])
            #expect(try await bench.ids(collection).count == 2)
            for (method, body) in [("GET", nil), ("DELETE", nil), ("PUT", Self.bodies[collection])] {
                let answer = try await bench.send(
                    method, "\(collection)/\(id)", body, as: "ven_client")
                #expect(answer.status == 404, "\(method) \(collection)")
            }
        }
        let mine = try await bench.send("GET", "subscriptions", as: "ven_client")
        #expect(JSONWriter.text(mine.json).contains("secret"))
        let all = try await bench.send("GET", "subscriptions")
        #expect(!JSONWriter.text(all.json).contains("secret"), "nobody reads another's token")
        let foreign = own["ven_client2"]?["vens"] ?? ""
        let answer = try await bench.send(
            "POST", "resources", #"{"resourceName":"s","venID":"\#(foreign)"}"#, as: "ven_client")
        #expect(answer.status == 409)
    }

    private static let bodies: [String: String] = [
        "vens": #"{"venName":"x"}"#, "resources": #"{"resourceName":"x"}"#,
        "reports": #"{"eventID":"e","clientName":"c","resources":[]}"#,
        "subscriptions": #"{"clientName":"c","objectOperations":[]}"#,
    ]
}
