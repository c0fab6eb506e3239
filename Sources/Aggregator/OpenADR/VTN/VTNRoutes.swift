import HTTPTypes
package import Hummingbird
import NIOCore
import OpenADR

extension VTN {
    /// Adds everything under the base path to a router. Methods and paths are judged inside, so that a
    /// wrong one gets OpenADR's own answer.
    package func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>) {
        let path = RouterPath(self.configuration.basePath + "/**")
        for method: HTTPRequest.Method in [.get, .post, .put, .delete, .patch, .head, .options] {
            router.on(path, method: method) { request, _ in
                await self.respond(to: request)
            }
        }
    }

    private func respond(to request: Request) async -> Response {
        let body: [UInt8]
        do {
            let buffer = try await request.body.collect(upTo: self.configuration.bodyLimit)
            body = Array(buffer.readableBytesView)
        } catch {
            let refusal = Refusal(413, "send \(self.configuration.bodyLimit) bytes or fewer")
            return Self.response(refusal.response(accept: request.headers[.accept]))
        }
        let origin = "\(request.head.scheme ?? "http")://\(request.head.authority ?? "")"
        let answer = await self.respond(
            to: VTNRequest(
                method: request.method.rawValue,
                path: String(request.uri.path.dropFirst(self.configuration.basePath.count)),
                query: request.uri.query, authorization: request.headers[.authorization],
                contentType: request.headers[.contentType], accept: request.headers[.accept],
                origin: origin, body: body))
        return Self.response(answer)
    }

    private static func response(_ answer: VTNResponse) -> Response {
        var headers = HTTPFields()
        for (name, value) in answer.headers {
            if let name = HTTPField.Name(name) {
                headers.append(HTTPField(name: name, value: value))
            }
        }
        return Response(
            status: .init(code: answer.status), headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
