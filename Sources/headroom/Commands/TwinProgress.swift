import Foundation
import Glibc

/// How far a run is, on standard error: one line that is drawn over where a person watches, a line at each
/// tenth elsewhere.
struct TwinProgress {
    private let isScreen = isatty(STDERR_FILENO) == 1
    private var shown = 0

    /// Shows what is new since the last call.
    mutating func show(_ progress: (done: Int, total: Int)) {
        let percent = progress.done * 100 / max(progress.total, 1)
        guard percent >= self.shown + (self.isScreen ? 1 : 10) else { return }
        self.shown = self.isScreen ? percent : percent / 10 * 10
        let line = "twin: \(self.shown) % of \(progress.total) steps"
        self.write(self.isScreen ? "\r\(line)" : "\(line)\n")
    }

    /// Clears the line that is drawn over.
    func end() {
        if self.isScreen, self.shown > 0 { self.write("\r\u{1b}[2K") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
