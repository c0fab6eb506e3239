package import Domain
import FleetLink
import Synchronization
import ZeroMQ

/// The utility's end of the fast signal stream over ZeroMQ.
package final class FastSignalUplink: SignalUplink {
    private let group: SocketGroup
    private let ears: Ears

    /// - Parameters:
    ///   - name: the utility's name, which is also the name of its key on the aggregator's allow-list.
    ///   - serverKey: the aggregator's public key, Z85.
    package init(endpoint: String, name: String, keyFile: String, serverKey: String) throws {
        self.ears = Ears()
        // Its name shows in the route, the rest keeps anybody from taking it.
        let identity = "\(name)#\(UInt64.random(in: 0 ... .max))"
        self.group = try SocketGroup(
            context: Context(),
            sockets: [
                SocketSpec(
                    kind: .dealer(identity: identity), side: .connect, endpoint: endpoint,
                    security: .client(try KeyPair.read(from: keyFile), server: serverKey), highWaterMark: 1_000)
            ], tick: 100, owner: self.ears)
    }

    package func send(_ signals: [GridSignal]) {
        let frames = signals.map { SignalFrame.grid($0).encoded() }
        self.group.perform { thread in
            for frame in frames { thread.send([frame], on: 0) }
        }
    }

    package func receive() -> [DeliverySample] {
        self.ears.samples.withLock { samples in
            defer { samples.removeAll() }
            return samples
        }
    }

    package func stop() { self.group.stop() }

    /// Keeps the echoes until they are asked for: the newest ten thousand.
    private final class Ears: SocketOwner, Sendable {
        let samples = Mutex<[DeliverySample]>([])

        func received(_ messages: [Incoming], on group: SocketThread) {
            let heard = messages.compactMap { message -> DeliverySample? in
                guard let bytes = message.frames.first,
                    case .delivered(let sample)? = try? SignalFrame(decoding: bytes)
                else { return nil }
                return sample
            }
            self.samples.withLock { samples in
                samples += heard
                if samples.count > 10_000 { samples.removeFirst(samples.count - 10_000) }
            }
        }

        func ticked(on group: SocketThread) {}
    }
}
