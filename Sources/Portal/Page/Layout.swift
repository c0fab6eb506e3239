/// The frame around every page: head, navigation by role, style and the live script.
package enum Layout {
    /// - Parameters:
    ///   - user: who is logged in; nil shows no navigation.
    ///   - live: whether the page listens to server-sent events; it reads well without them.
    package static func page(title: String, user: SignedIn?, live: Bool = false, _ body: HTML) -> HTML {
        """
        <!doctype html><html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <title>\(title) · Headroom</title><link rel="stylesheet" href="/style.css">
        \(live ? "<script src=\"/live.js\" defer></script>" as HTML : "")
        </head><body><header><a class="brand" href="/">Headroom</a>\(self.navigation(user))</header>
        <main><h1>\(title)</h1>\(body)</main>
        <footer>All times UTC. Power and energy as metered; + = from grid to vehicle, up = towards export.</footer>
        </body></html>
        """
    }

    private static func navigation(_ user: SignedIn?) -> HTML {
        guard let user else { return "" }
        let links = user.role.pages.map { "<a href=\"\($0.path)\">\($0.title)</a>" as HTML }
        return """
            <nav>\(links)</nav><form method="post" action="/logout" class="who">
            <input type="hidden" name="csrf" value="\(user.csrf)"><span>\(user.name)</span>
            <button>Log out</button></form>
            """
    }

    /// A number with its unit and its name, that the live script may refresh by `id`.
    package static func tile(_ name: String, id: String, value: String, note: String = "") -> HTML {
        "<div class=\"tile\"><b>\(name)</b><span class=\"value\" id=\"\(id)\">\(value)</span><i>\(note)</i></div>"
    }

    /// A table with a heading row; numbers are aligned by class `n`.
    package static func table(_ heads: [String], _ rows: [[HTML]], empty: String) -> HTML {
        guard !rows.isEmpty else { return "<p class=\"empty\">\(empty)</p>" }
        let head = heads.map { "<th>\($0)</th>" as HTML }
        let body = rows.map { row in
            "<tr>\(row.map { "<td>\($0)</td>" as HTML })</tr>" as HTML
        }
        return "<div class=\"wide\"><table><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>"
    }
}
