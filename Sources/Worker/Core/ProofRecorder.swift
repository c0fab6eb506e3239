import Control
import Domain
import Foundation
import Logging
import Metrics
import Runtime
import Synchronization

/// Keeps each activation of each product as files: 20 times a second what was asked, told and the frequency, once a
/// second what the meters said. The oldest files go once the folder is over its bound. Nothing waits for it: what the
/// disk refuses is counted and told of, dispatch goes on.
final class ProofRecorder: Sendable {
    /// Between two samples, ms.
    static let period = 50
    /// A meter's word counts for so long.
    static let meterHold = TimeSpan.seconds(10)

    private struct Key: Hashable {
        var resource: ResourceID
        var product: ProductID
    }

    private struct State {
        var captures: [Key: ActivationCapture] = [:]
        /// The second of the last look at the meters.
        var second = Int.min
    }

    private let folder: String
    private let mostBytes: Int
    private let logger: Logger
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "headroom.proof")
    private let failures = Counter(label: "headroom.proof.failures")
    private let written = Counter(label: "headroom.proof.files")

    init(folder: String, mostBytes: Int, logger: Logger) {
        self.folder = folder
        self.mostBytes = mostBytes
        self.logger = logger
    }

    /// True once in each second: then the meters are looked at.
    func isMeterDue(_ now: Instant) -> Bool {
        self.state.withLock { state in
            guard now.seconds != state.second else { return false }
            state.second = now.seconds
            return true
        }
    }

    func take(_ moments: [EdgeMoment], milliHertz: Int?, at now: Instant) {
        let parts = self.state.withLock { state in
            moments.compactMap { moment -> ProofPart? in
                let key = Key(resource: moment.resource, product: moment.product)
                let sample = ProofSample(
                    at: now, milliHertz: milliHertz, requestedWatts: moment.requestedWatts,
                    setpointWatts: moment.setpointWatts, meteredWatts: moment.meteredWatts)
                return state.captures[
                    key, default: ActivationCapture(resource: moment.resource, product: moment.product)
                ].take(sample, awardWatts: moment.awardWatts)
            }
        }
        for part in parts { self.queue.async { self.write(part) } }
    }

    /// Ends what runs, and returns once all is written.
    func close() {
        let parts = self.state.withLock { state in
            let parts = state.captures.keys.compactMap { state.captures[$0]?.finish() }
            state.captures = [:]
            return parts
        }
        for part in parts { self.queue.async { self.write(part) } }
        self.queue.sync {}
    }

    private func write(_ part: ProofPart) {
        do {
            try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
            let path = "\(self.folder)/\(ProofFile.name(part))"
            try Data(ProofFile.text(part).utf8).write(to: URL(filePath: path), options: .atomic)
            self.written.increment()
            try self.makeRoom()
        } catch {
            self.failures.increment()
            self.logger.error(
                "an activation's proof is not kept",
                metadata: ["folder": "\(self.folder)", "product": "\(part.product)", "reason": "\(error)"])
        }
    }

    /// Takes the oldest activations away until the rest is within the bound.
    private func makeRoom() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: self.folder).compactMap(ProofName.init)
        var sizes: [(name: ProofName, bytes: Int)] = []
        for name in names {
            let facts = try FileManager.default.attributesOfItem(atPath: "\(self.folder)/\(name.file)")
            sizes.append((name, (facts[.size] as? Int) ?? 0))
        }
        var sum = sizes.reduce(0) { $0 + $1.bytes }
        for (name, bytes) in sizes.sorted(by: { $0.name < $1.name }) where sum > self.mostBytes {
            try FileManager.default.removeItem(atPath: "\(self.folder)/\(name.file)")
            sum -= bytes
        }
    }
}
