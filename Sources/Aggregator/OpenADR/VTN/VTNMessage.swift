import OpenADR

/// A request to the VTN, freed from the HTTP server that brought it.
package struct VTNRequest: Sendable {
    package var method: String
    /// What follows the base path, such as `events/e1`.
    package var path: String
    /// The query as it stands in the URL, nil where there is none.
    package var query: String?
    package var authorization: String?
    package var contentType: String?
    package var accept: String?
    /// Scheme and authority that the client used, for `/auth/server`.
    package var origin: String
    package var body: [UInt8]

    package init(
        method: String, path: String, query: String? = nil, authorization: String? = nil,
        contentType: String? = nil, accept: String? = nil, origin: String = "", body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.authorization = authorization
        self.contentType = contentType
        self.accept = accept
        self.origin = origin
        self.body = body
    }
}

/// What the VTN answers; names of headers in lower case.
package struct VTNResponse: Sendable {
    package var status: Int
    package var headers: [(String, String)]
    package var body: [UInt8]

    init(status: Int, json: JSON) {
        self.status = status
        self.headers = [("content-type", "application/json")]
        self.body = JSONWriter.bytes(json)
    }
}

/// A refusal on its way to becoming a problem body.
struct Refusal: Error, Hashable {
    var status: Int
    var detail: String
    var headers: [String: String] = [:]

    private static let titles: [Int: String] = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large",
        415: "Unsupported Media Type", 500: "Internal Server Error",
    ]

    init(_ status: Int, _ detail: String, headers: [String: String] = [:]) {
        self.status = status
        self.detail = detail
        self.headers = headers
    }

    /// The problem, as `application/json` as the YAML declares it, unless the client asks for RFC 9457's.
    func response(accept: String?) -> VTNResponse {
        let title = Self.titles[self.status] ?? "Error"
        let problem = Problem(status: self.status, title: title, detail: self.detail)
        var response = VTNResponse(status: self.status, json: problem.json)
        if accept?.contains("application/problem+json") == true {
            response.headers = [("content-type", "application/problem+json")]
        }
        response.headers += self.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return response
    }
}
