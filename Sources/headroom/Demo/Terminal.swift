import Foundation
import Glibc

/// Where the demo writes: a screen that is redrawn in place, or plain lines for files and pipes.
struct Terminal: Sendable {
    /// True where a person watches.
    let isScreen: Bool

    init(headless: Bool) {
        self.isScreen = !headless && isatty(STDOUT_FILENO) == 1
    }

    /// Writes `text` and a line end, at once.
    func line(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    /// Draws `lines` over what was drawn before.
    func redraw(_ lines: [String], over before: Int) {
        let up = before > 0 ? "\u{1b}[\(before)A" : ""
        let body = lines.map { "\u{1b}[2K\($0)\n" }.joined()
        FileHandle.standardOutput.write(Data((up + body).utf8))
    }
}

/// A bar of `width` cells for a value between `low` and `high`, with a mark at zero.
func bar(_ value: Int, low: Int, high: Int, width: Int) -> String {
    guard high > low else { return "" }
    func cell(_ value: Int) -> Int { (min(max(value, low), high) - low) * (width - 1) / (high - low) }
    let zero = cell(0)
    let at = cell(value)
    return String(
        (0..<width).map { index in
            if index == zero { return "┃" as Character }
            return (min(zero, at)...max(zero, at)).contains(index) ? "█" : "·"
        })
}

/// `1234567` W as `1234.6 kW`.
func kilowatts(_ watts: Int) -> String {
    let tenths = (watts.magnitude + 50) / 100
    return "\(watts < 0 ? "-" : "")\(tenths / 10).\(tenths % 10) kW"
}

/// `49876` mHz as `49.876 Hz`.
func hertz(_ milliHertz: Int?) -> String {
    guard let milliHertz else { return "--.--- Hz" }
    let fraction = String(milliHertz % 1000)
    return "\(milliHertz / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction) Hz"
}
