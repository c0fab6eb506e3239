import Domain
import HTTPTypes
import Hummingbird
import Storage

extension PortalRoutes {
    /// Log in, log out, and the way home.
    func addSessionRoutes(to router: Router<PortalContext>, secure: Bool) {
        router.get("/") { _, context in
            Response.redirect(
                to: context.user?.role.pages.first?.path ?? "/login", type: .normal)
        }
        router.get("/login") { _, context in
            context.user == nil
                ? Response.page(LoginPage.html()) : Response.redirect(to: "/", type: .normal)
        }
        router.post("/login") { request, context in
            try await self.logIn(request, context, secure: secure)
        }
        router.post("/logout") { request, context in
            _ = try await form(request, context: context)
            if let token = context.token { self.sessions.close(token: token) }
            var response = Response.redirect(to: "/login", type: .normal)
            response.setCookie(self.cookie("", secure: secure, maxAge: 0))
            return response
        }
    }

    private func logIn(
        _ request: Request, _ context: PortalContext, secure: Bool
    ) async throws -> Response {
        let fields = try await form(request, context: context, checked: false)
        let now = self.dependencies.now()
        guard let name = fields["name"], (1...255).contains(name.utf8.count),
            let password = fields["password"], (1...256).contains(password.utf8.count)
        else { return self.refused("Give name and password.", .badRequest) }
        guard self.guarding.begin(name, at: now) else {
            return self.refused("Too many tries: wait a few minutes.", .tooManyRequests)
        }
        guard let user = try await self.dependencies.store.user(name: name, password: password),
            let role = Role(rawValue: user.role.rawValue)
        else { return self.refused("Name or password is wrong.", .unauthorized) }
        self.guarding.succeeded(name)
        // A session that was there before is over, so that no token outlives a change of person.
        if let old = context.token { self.sessions.close(token: old) }
        let token = self.sessions.open(
            name: user.name, role: role, tenant: user.tenant.rawValue,
            owner: user.owner?.rawValue, at: now)
        var response = Response.redirect(to: role.pages.first?.path ?? "/", type: .normal)
        response.setCookie(self.cookie(token, secure: secure, maxAge: nil))
        return response
    }

    private func refused(_ message: String, _ status: HTTPResponse.Status) -> Response {
        .text(LoginPage.html(message: message).text, type: "text/html; charset=utf-8", status: status)
    }

    private func cookie(_ token: String, secure: Bool, maxAge: Int?) -> Cookie {
        Cookie(
            name: SessionMiddleware.cookie, value: token, maxAge: maxAge, path: "/",
            secure: secure, httpOnly: true, sameSite: .lax)
    }
}
