import ArgumentParser
import Foundation
import ZeroMQ

/// Makes the CURVE keys of a plant and the allow-list of its aggregator.
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make CURVE keys and the allow-list.",
        discussion: "Example: headroom keys --out keys worker-1 worker-2 utility")

    @Option(help: "Folder for NAME.key files and the file `allowed`; existing keys are kept.")
    var out: String

    @Argument(help: "Names of the workers and utilities that may connect.")
    var names: [String]

    func run() throws {
        try FileManager.default.createDirectory(atPath: self.out, withIntermediateDirectories: true)
        var allowed = "# name and public key of everyone who may connect\n"
        for name in ["aggregator"] + self.names {
            let path = "\(self.out)/\(name).key"
            let pair: KeyPair
            if FileManager.default.fileExists(atPath: path) {
                pair = try KeyPair.read(from: path)
            } else {
                pair = try KeyPair.generate()
                try pair.write(to: path)
            }
            if name != "aggregator" { allowed += "\(name) \(pair.publicKey)\n" }
            print("\(name) \(pair.publicKey)")
        }
        try Data(allowed.utf8).write(to: URL(filePath: "\(self.out)/allowed"))
    }
}
