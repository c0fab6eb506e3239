package import Domain
import Foundation
package import Logging
import Synchronization

/// Log lines for a person and a machine: `time level label message key=value …`, to standard error.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let label: String

    package init(label: String, level: Logger.Level) {
        self.label = label
        self.logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var text = "\(stamp(WallClock.now())) \(event.level) \(self.label) \(event.message)"
        let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            text += " \(key)=\(quoted("\(value)"))"
        }
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}

/// Sets the process's log handler, once, before anything logs.
package enum Logs {
    /// `level` is a swift-log level name; `HEADROOM_LOG` in the environment overrides it.
    package static func bootstrap(level: Logger.Level) {
        let named = ProcessInfo.processInfo.environment["HEADROOM_LOG"].flatMap { Logger.Level(rawValue: $0) }
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: named ?? level) }
    }
}

/// An instant as ISO 8601 in UTC with milliseconds.
package func stamp(_ instant: Instant) -> String {
    let date = Date(timeIntervalSince1970: Double(instant.microseconds) / 1e6)
    return date.formatted(
        .iso8601.year().month().day().time(includingFractionalSeconds: true).timeZone(separator: .omitted))
}

private func quoted(_ value: String) -> String {
    let plain = value.allSatisfy { $0.isLetter || $0.isNumber || "-_.:/+%".contains($0) }
    return plain && !value.isEmpty ? value : "\"\(value.replacing("\"", with: "'").replacing("\n", with: " "))\""
}
