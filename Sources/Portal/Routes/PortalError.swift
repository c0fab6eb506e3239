import HTTPTypes
package import Hummingbird
import NIOCore

/// An error that renders itself as a page with one sentence; "log in first" is a redirect.
package struct PortalError: HTTPResponseError {
    package var status: HTTPResponse.Status
    package var message: String

    package init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }

    package func response(from request: Request, context: some RequestContext) throws -> Response {
        let isAPI = request.uri.path.hasPrefix("/api/")
        if self.status == .seeOther, !isAPI { return .redirect(to: "/login", type: .normal) }
        if isAPI {
            let status: HTTPResponse.Status = self.status == .seeOther ? .unauthorized : self.status
            return .text(
                "{\"error\":\"\(jsonEscaped(self.message))\"}", type: "application/json",
                status: status)
        }
        let page = Layout.page(
            title: self.status.reasonPhrase, user: nil, "<p>\(self.message)</p><p><a href=\"/\">Start page</a></p>")
        return .text(page.text, type: "text/html; charset=utf-8", status: self.status)
    }
}

/// `text` inside a JSON string.
func jsonEscaped(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return String(escaped.map { $0.unicodeScalars.contains { $0.value < 32 } ? " " : $0 })
}

extension Response {
    /// A whole body of text with security headers; pages are never cached.
    static func text(
        _ body: String, type: String, status: HTTPResponse.Status = .ok, extra: [HTTPField] = []
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentSecurityPolicy] =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; form-action 'self'"
        for field in extra { headers.append(field) }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: body)))
    }

    static func page(_ html: HTML) -> Response {
        .text(html.text, type: "text/html; charset=utf-8")
    }
}
