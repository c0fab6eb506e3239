import ArgumentParser
import Control
import Domain
import Foundation
import GridCodes
import Runtime
import Twin

/// What a worker kept of activations: 20 Hz of frequency, request and set-point, 1 Hz of the meters.
struct ProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof", abstract: "List what a worker kept of activations, and export it at a product's rate.",
        discussion: "Example: headroom proof export --data data/worker-1 --product GB-DCL --region Config/regions/gb",
        subcommands: [List.self, Export.self])

    /// Which files.
    struct Choice: ParsableArguments {
        @Option(help: "The worker's data folder.") var data: String
        @Option(help: "Only this resource.") var resource: String?
        @Option(help: "Only this product.") var product: String?
        @Option(help: "Only what began at or after a time such as 2026-11-27T02:15:00Z.") var from: String?
        @Option(help: "Only what began before a time.") var to: String?

        private func instant(_ text: String?, _ option: String) throws -> Instant? {
            guard let text else { return nil }
            guard let instant = Timestamp.parse(text) else {
                throw ValidationError("\(option) is a time such as 2026-11-27T02:15:00Z")
            }
            return instant
        }

        func validate() throws {
            _ = (try self.instant(self.from, "--from"), try self.instant(self.to, "--to"))
        }

        var folder: String { "\(self.data)/proof" }

        func names() throws -> [ProofName] {
            guard let files = try? FileManager.default.contentsOfDirectory(atPath: self.folder) else {
                throw RuntimeError(
                    .fileMissing, "there is no folder \(self.folder): give --data of a worker that kept an activation")
            }
            let (from, to) = (try self.instant(self.from, "--from"), try self.instant(self.to, "--to"))
            return files.compactMap(ProofName.init).filter { name in
                (self.resource.map { ProofFile.plain($0) == name.resource } ?? true)
                    && (self.product.map { ProofFile.plain($0) == name.product } ?? true)
                    && (from.map { $0 <= name.began } ?? true) && (to.map { name.began < $0 } ?? true)
            }.sorted()
        }

        func samples(_ name: ProofName) throws -> [ProofSample] {
            let text = try TwinFiles.read("\(self.folder)/\(name.file)")
            do {
                return try ProofFile.samples(text)
            } catch {
                throw RuntimeError(.failed, "\(self.folder)/\(name.file): \(error)")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The activations that are kept, the oldest first.",
            discussion: "Example: headroom proof list --data data/worker-1")

        @OptionGroup var choice: Choice
        @Flag(help: "One JSON object.") var json = false

        private struct Row: Encodable {
            var file: String
            var resource: String
            var product: String
            var began: String
            var part: Int
            var samples: Int
            var seconds: Int
        }

        func run() throws {
            let rows = try self.choice.names().map { name in
                let samples = try self.choice.samples(name)
                let seconds = (samples.last?.at.seconds ?? 0) - (samples.first?.at.seconds ?? 0)
                return Row(
                    file: name.file, resource: name.resource, product: name.product,
                    began: Timestamp.format(name.began), part: name.number, samples: samples.count, seconds: seconds)
            }
            guard !self.json else { return try printJSON(["activations": rows]) }
            for row in rows {
                print(
                    "\(row.began) \(row.resource) \(row.product) part \(row.part): \(row.samples) samples in "
                        + "\(row.seconds) s, \(row.file)")
            }
            if rows.isEmpty { print("no activation is kept") }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "CSV of one product's activations: time,frequency_hz,requested_w,setpoint_w,metered_w.",
            discussion: """
                Example: headroom proof export --data data/worker-1 --product GB-DCL --region Config/regions/gb

                A row at each step of the product's proof period (20 Hz, 1 Hz …), of the sample nearest to it; a field is \
                empty where there is none. Request is + = up, power + = charge.
                """)

        @OptionGroup var choice: Choice
        @Option(help: "The region's pack or folder: its period for the product counts.") var region: String?
        @Option(help: "Milliseconds between two rows, instead.") var period: Int?
        @Option(help: "A file; left out: standard output.") var out: String?

        func validate() throws {
            guard self.choice.product != nil else { throw ValidationError("--product says of what") }
            let isRate = self.period.map { (10...3_600_000).contains($0) } ?? true
            guard (self.region == nil) != (self.period == nil), isRate else {
                throw ValidationError("give --region, or --period of 10 to 3600000 ms")
            }
        }

        func run() throws {
            let period = try self.milliseconds()
            let names = try self.choice.names()
            guard !names.isEmpty else {
                throw RuntimeError(.failed, "no activation of \(self.choice.product ?? "") is kept in that time")
            }
            guard Set(names.map(\.resource)).count == 1 else {
                throw RuntimeError(.failed, "several resources have activations of it: say --resource")
            }
            // Each by itself: between two activations nothing was kept.
            var text = ""
            for began in Set(names.map(\.began)).sorted() {
                let samples = try names.filter { $0.began == began }.flatMap(self.choice.samples)
                let rows = ProofFile.export(samples, period: .milliseconds(period)) { Timestamp.format($0) }
                text += text.isEmpty ? rows : String(rows.drop { $0 != "\n" }.dropFirst())
            }
            guard let out = self.out else { return print(text, terminator: "") }
            do {
                try Data(text.utf8).write(to: URL(filePath: out), options: .atomic)
            } catch {
                throw RuntimeError(.failed, "cannot write \(out): give --out a file that may be written")
            }
        }

        private func milliseconds() throws -> Int {
            if let period = self.period { return period }
            let pack = try loadRegion(self.region ?? "")
            let product = ProductID(self.choice.product ?? "")
            guard let found = pack.product(product) else {
                throw RuntimeError(.failed, "region \(pack.region) has no product \(product): give the right pack")
            }
            guard let terms = found.terms else {
                throw RuntimeError(.failed, "\(product) says no proof period: give --period")
            }
            return terms.telemetry.proofPeriodMilliseconds
        }
    }
}
