import Foundation
import TestSupport
import Testing

/// The commented examples in `Config/` are what a newcomer copies: each must be sound as it stands.
@Suite(.wantsHeadroom, .ownThreads) struct ExampleConfigurationTests {
    @Test(arguments: ["aggregator", "worker", "utility"]) func theExampleIsSound(kind: String) async throws {
        try await Program.withHeadroom { headroom, _ in
            let file = Workspace.root.appending(path: "Config/\(kind).yaml")
            let check = try Program.run(headroom, ["check-config", kind, file.path])
            #expect(check.status == 0 && check.output.contains("sound"), "\(check.errors)")
        }
    }

    @Test func anUnknownKeyIsNamed() async throws {
        try await Program.withHeadroom { headroom, folder in
            let text = try String(contentsOf: Workspace.root.appending(path: "Config/worker.yaml"), encoding: .utf8)
            let file = folder.appending(path: "worker.yaml")
            try (text + "\nwatchdogSecond: 5\n").write(to: file, atomically: true, encoding: .utf8)
            let check = try Program.run(headroom, ["check-config", "worker", file.path])
            #expect(check.status == 1 && check.errors.contains("watchdogSecond"), "\(check.errors)")
            #expect(check.errors.split(separator: "\n").count == 1, "one line")
        }
    }
}
