/// The log-in form.
package enum LoginPage {
    package static func html(message: String? = nil) -> HTML {
        Layout.page(
            title: "Log in", user: nil,
            """
            \(message.map { "<p class=\"bad\">\($0)</p>" as HTML } ?? "")
            <form class="login" method="post" action="/login">
            <label>Name <input name="name" autocomplete="username" required autofocus></label>
            <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
            <button>Log in</button></form>
            """)
    }
}
