import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import Storage

/// Turns whatever a route throws into one line for the person who asked, and refuses forms from other sites.
package struct ErrorMiddleware: RouterMiddleware {
    package typealias Context = PortalContext
    private let logger: Logger

    package init(logger: Logger) {
        self.logger = logger
    }

    package func handle(
        _ request: Request, context: PortalContext,
        next: @concurrent (Request, PortalContext) async throws -> Response
    ) async throws -> Response {
        do {
            if request.method == .post, let site = HTTPField.Name("Sec-Fetch-Site"),
                request.headers[site] == "cross-site"
            {
                throw PortalError(.forbidden, "another site sent this: use the portal's own page")
            }
            return try await next(request, context)
        } catch {
            let answer = self.answer(to: error)
            if answer.status == .internalServerError || answer.status == .serviceUnavailable {
                self.logger.error(
                    "portal: a request failed",
                    metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            }
            return try answer.response(from: request, context: context)
        }
    }

    private func answer(to error: any Error) -> PortalError {
        switch error {
        case let error as PortalError: return error
        case let error as HTTPError:
            return PortalError(error.status, error.body ?? self.line(for: error.status))
        case is NIOTooManyBytesError:
            return PortalError(.contentTooLarge, "the body is too long: send less at a time")
        case let error as StorageError:
            switch error.code {
            case .invalid: return PortalError(.badRequest, error.message)
            case .constraint: return PortalError(.conflict, error.message)
            case .unavailable, .overloaded, .full, .closed:
                return PortalError(
                    .serviceUnavailable, "the database takes nothing now: try again in a minute")
            default: break
            }
            return PortalError(.internalServerError, "something is wrong here: see the log")
        default:
            return PortalError(.internalServerError, "something is wrong here: see the log")
        }
    }

    private func line(for status: HTTPResponse.Status) -> String {
        status == .notFound ? "no such page: start at the start page" : "\(status.reasonPhrase)"
    }
}
