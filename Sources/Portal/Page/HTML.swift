/// Markup that is safe to send: literal text is markup, whatever is interpolated is escaped.
///
///     let cell: HTML = "<td>\(name)</td>"      // `name` is escaped
///     let row: HTML = "<tr>\(cell)</tr>"       // an HTML value goes in as it is
package struct HTML: Hashable, Sendable, ExpressibleByStringInterpolation {
    package var text: String

    package init(stringLiteral value: String) {
        self.text = value
    }

    package init(stringInterpolation: StringInterpolation) {
        self.text = stringInterpolation.text
    }

    private init(markup: String) {
        self.text = markup
    }

    /// Several pieces, one after the other.
    package static func join(_ pieces: some Sequence<HTML>) -> HTML {
        HTML(markup: pieces.map(\.text).joined())
    }

    /// Markup that another module of ours made and escaped already (statements, plots).
    package static func trusted(_ markup: String) -> HTML {
        HTML(markup: markup)
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            self.text.reserveCapacity(literalCapacity * 2)
        }

        package mutating func appendLiteral(_ literal: String) {
            self.text += literal
        }

        package mutating func appendInterpolation(_ html: HTML) {
            self.text += html.text
        }

        package mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { self.text += piece.text }
        }

        package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            for character in value.description {
                switch character {
                case "&": self.text += "&amp;"
                case "<": self.text += "&lt;"
                case ">": self.text += "&gt;"
                case "\"": self.text += "&quot;"
                case "'": self.text += "&#39;"
                default: self.text.append(character)
                }
            }
        }
    }
}
