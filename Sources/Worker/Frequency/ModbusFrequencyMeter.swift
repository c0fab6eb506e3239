import Domain
import Logging
import Metrics
import NIOCore
import NIOPosix
import Runtime
import Synchronization

/// Asks a meter on Modbus/TCP for the frequency, 1 to 50 times a second, and dials it again for as long as it lives.
final class ModbusFrequencyMeter: FrequencySource {
    /// What a meter that hangs looks like: real frequency never stands still to the last digit.
    struct Watch: Sendable {
        private var registers: [UInt16] = []
        private var since = Instant.distantPast

        /// True while the value has not moved for longer than `patience`; zero never says so.
        mutating func isFrozen(_ registers: [UInt16], at now: Instant, patience: TimeSpan) -> Bool {
            if registers != self.registers {
                self.registers = registers
                self.since = now
            }
            return patience > .zero && now - self.since > patience
        }
    }

    private struct State {
        var newest: FrequencySample?
        var watch = Watch()
        /// Why there is no measurement, as it was told last; nil while there are some.
        var trouble: String? = ""
    }

    private struct NoUse: Error {
        var reason: String
    }

    private static let redial = TimeAmount.seconds(1)

    private let terms: FrequencyMeterConfiguration
    private let logger: Logger
    private let state = Mutex(State())
    private let failures = Counter(label: "headroom.frequency.failures")
    private let gauge = Gauge(label: "headroom.frequency.millihertz")

    init(_ terms: FrequencyMeterConfiguration, logger: Logger) {
        self.terms = terms
        self.logger = logger
    }

    func newest(at now: Instant) -> FrequencySample? { self.state.withLock { $0.newest } }

    func run(_ news: @escaping @Sendable () -> Void) async {
        while !Task.isCancelled {
            do {
                try await self.converse(news)
            } catch is CancellationError {
                return
            } catch {
                self.failures.increment()
                self.tell((error as? NoUse)?.reason ?? "no connection: \(error)")
            }
            try? await Task.sleep(for: .nanoseconds(Self.redial.nanoseconds))
        }
    }

    /// One connection, until it is of no use.
    private func converse(_ news: @escaping @Sendable () -> Void) async throws {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.milliseconds(Int64(self.terms.timeoutMilliseconds)))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: self.terms.host, port: self.terms.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            var came = inbound.makeAsyncIterator()
            var buffer = ByteBuffer()
            var transaction: UInt16 = 0
            while !Task.isCancelled {
                let next = ContinuousClock.now + .milliseconds(self.terms.everyMilliseconds)
                transaction &+= 1
                let question = self.terms.question(transaction)
                let asked = WallClock.now()
                // A meter that does not answer is hung up on: what waits for it below then ends.
                let deadline = channel.channel.eventLoop.scheduleTask(
                    in: .milliseconds(Int64(self.terms.timeoutMilliseconds))
                ) { channel.channel.close(promise: nil) }
                defer { deadline.cancel() }
                try await outbound.write(question.bytes)
                var answer = ModbusRead.Answer.more
                while answer == .more || answer == .other {
                    if answer == .more {
                        guard var bytes = try await came.next() else {
                            throw NoUse(reason: "it hung up, or did not answer in time")
                        }
                        buffer.writeBuffer(&bytes)
                    }
                    answer = question.answer(from: &buffer)
                }
                deadline.cancel()
                buffer.discardReadBytes()
                try self.take(answer, asked: asked, news)
                try await Task.sleep(until: next, clock: .continuous)
            }
        }
    }

    /// A measurement is as old as its question.
    private func take(_ answer: ModbusRead.Answer, asked: Instant, _ news: () -> Void) throws {
        switch answer {
        case .registers(let registers):
            guard let milliHertz = self.terms.milliHertz(of: registers) else {
                self.failures.increment()
                return self.tell("its register holds no number: compare `register` and `format` with its data sheet")
            }
            let isFrozen = self.state.withLock { state in
                let isFrozen = state.watch.isFrozen(
                    registers, at: asked, patience: .seconds(self.terms.frozenAfterSeconds))
                if !isFrozen { state.newest = FrequencySample(milliHertz: milliHertz, at: asked) }
                return isFrozen
            }
            self.gauge.record(milliHertz)
            self.tell(isFrozen ? "it has said the same number for \(self.terms.frozenAfterSeconds) s" : nil)
            if !isFrozen { news() }
        case .exception(let code):
            self.failures.increment()
            self.tell("it refuses with exception \(code): compare `register`, `table` and `unit` with its data sheet")
        case .broken(let reason): throw NoUse(reason: reason)
        case .more, .other: break
        }
    }

    /// Once each time that it changes.
    private func tell(_ trouble: String?) {
        let isNews = self.state.withLock { state in
            defer { state.trouble = trouble }
            return state.trouble != trouble
        }
        guard isNews else { return }
        let meter: Logger.Metadata = ["meter": "\(self.terms.host):\(self.terms.port)"]
        guard let trouble else { return self.logger.notice("the frequency is measured", metadata: meter) }
        self.logger.error(
            "the frequency is not measured", metadata: meter.merging(["reason": "\(trouble)"]) { $1 })
    }
}
