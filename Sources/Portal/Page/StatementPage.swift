import Domain
package import Ledger
package import Storage

/// A month's statement with its sums, and the ways to take it along.
package enum StatementPage {
    /// - Parameters:
    ///   - currencies: all that the month has blocks in; the statement is of one of them.
    ///   - issued: the owner's statements that have a number, newest first.
    package static func html(
        user: SignedIn, statement: Statement, currencies: [String], issued: [IssuedStatement] = []
    ) -> HTML {
        let currency = statement.currency.rawValue
        func link(_ format: String, _ text: String) -> HTML {
            """
            <a href="/owner/statement?period=\(statement.period)&amp;currency=\(currency)&amp;format=\(format)">\(text)</a>
            """
        }
        let others = currencies.filter { $0 != currency }.map { other in
            """
            <p><a href="/owner/statement?period=\(statement.period)&amp;currency=\(other)">In \(other)</a></p>
            """ as HTML
        }
        let tiles: [HTML] = [
            Layout.tile("Earned", id: "earned", value: Format.money(statement.total(\.earned))),
            Layout.tile("Of it for wear", id: "wear", value: Format.money(statement.total(\.wear))),
            Layout.tile(
                "Aggregator's fee", id: "fee", value: Format.money(statement.total(\.fee)),
                note: "taken before"),
            Layout.tile("Due", id: "due", value: Format.money(statement.due), note: "with pay by the month"),
            Layout.tile("Over smart charging", id: "over", value: Format.money(statement.overSmartCharging)),
            Layout.tile("Lines", id: "lines", value: "\(statement.rows.count)", note: "a block and car each"),
        ]
        let documents: HTML =
            statement.rows.isEmpty
            ? "<p class=\"empty\">No block of this month has been settled for this owner.</p>"
            : "<p>\(link("html", "To print")) · \(link("csv", "CSV")) · \(link("json", "JSON"))</p>"
        return Layout.page(
            title: "Statement \(statement.period)", user: user,
            """
            <form method="get" action="/owner/statement"><label>Month
            <input name="period" value="\(statement.period)" pattern="[0-9]{4}-[0-9]{2}" required></label>
            <button>Show</button></form>
            <div class="tiles">\(tiles)</div>\(documents)\(others)
            \(self.issued(issued))
            <p>The documents hold every settled block and car with all that is needed to recompute the sums.</p>
            """)
    }

    private static func issued(_ statements: [IssuedStatement]) -> HTML {
        let rows = statements.map { statement -> [HTML] in
            [
                "<a href=\"/owner/statement?number=\(statement.number)\">no. \(statement.number)</a>",
                "\(statement.period)", "\(statement.currency.rawValue)", "\(Format.time(statement.issuedAt))",
                "\(statement.replaces.map { "takes the place of no. \($0)" } ?? "")",
            ]
        }
        return
            "<h2>Issued</h2>\(Layout.table(["Statement", "Month", "Currency", "Issued (UTC)", ""], rows, empty: "No statement has been issued yet."))"
    }
}
