package import Domain
import GridCodes
import OpenADR
import Runtime
import Synchronization

extension UtilityService {
    /// Sends every fast signal of this instant and takes what was echoed.
    func signal(now: Instant) {
        let trace = WallClock.newTrace()
        let expiry = now + .milliseconds(self.configuration.signalExpiryMilliseconds)
        var signals: [GridSignal] = []
        for (index, played) in self.traces.sorted(by: { $0.key < $1.key }) {
            let line = self.lines[index]
            let value = played.value(at: now)
            let content: SignalValue
            var shown = value
            switch played.kind {
            case .frequency: content = .frequency(milliHertz: value)
            case .regulation:
                shown = self.watts(line: index, value: value, at: now)
                content = .request(watts: shown)
            }
            self.state.withLock { $0.values[index] = shown }
            guard line.purchase.signal?.path == .fast else { continue }
            self.state.withLock { $0.sent[index, default: 0] += 1 }
            signals.append(
                GridSignal(
                    resource: line.resource, product: line.product.id,
                    // Rises over restarts too, as long as the clock does.
                    sequence: UInt64(clamping: now.microseconds), sentAt: now, validFrom: now,
                    expiry: expiry, value: content, trace: trace))
        }
        if !signals.isEmpty { self.uplink.send(signals) }
        let echoes = self.uplink.receive()
        guard !echoes.isEmpty else { return }
        self.state.withLock { state in
            state.echoes += echoes.count
            for sample in echoes { state.book.add(sample) }
        }
    }

    /// What `/utility/status` shows.
    package func status(now: Instant) -> UtilityStatus {
        let vens = self.vtn.objects(.ven).compactMap { $0.body["venName"]?.string }
        let state = self.state.withLock { $0 }
        let frequency = self.traces.first { $0.value.kind == .frequency }?.value
        return UtilityStatus(
            at: now.iso8601, currency: self.region.currency.rawValue,
            milliHertz: frequency?.value(at: now), alert: state.alert != nil, vens: vens,
            blocks: self.blocks(state.book),
            signals: state.values.sorted { $0.key < $1.key }.map { index, value in
                UtilityStatus.Signal(
                    product: self.lines[index].product.id.rawValue,
                    resource: self.lines[index].purchase.resource,
                    kind: self.traces[index]?.kind.rawValue ?? "", value: value,
                    sent: state.sent[index] ?? 0)
            },
            deliveries: state.book.lastSamples.values.sorted { $0.resource < $1.resource }.map {
                UtilityStatus.Delivery(
                    resource: $0.resource.rawValue, product: $0.product.rawValue, at: $0.at.iso8601,
                    requestedWatts: $0.requested.watts, deliveredWatts: $0.delivered.watts,
                    baselineWatts: $0.baseline.watts, meteredWatts: $0.metered.watts)
            },
            echoes: state.echoes, notificationsWaiting: self.vtn.webhooks.waitingCount)
    }

    private func blocks(_ book: BidBook) -> [UtilityStatus.Block] {
        book.calls.sorted { ($0.block.start, $0.line) < ($1.block.start, $1.line) }.map { call in
            let line = self.lines[call.line]
            return UtilityStatus.Block(
                product: line.product.id.rawValue, resource: line.purchase.resource,
                start: call.block.start.iso8601, end: call.block.end.iso8601,
                gateClosure: line.gate(call.block).iso8601,
                bids: book.entries.filter { $0.call == call }.map(Self.bid))
        }
    }

    private static func bid(_ entry: BidBook.Entry) -> UtilityStatus.Bid {
        UtilityStatus.Bid(
            id: entry.message.id.rawValue, direction: entry.message.direction.rawValue,
            quantityWatts: entry.message.quantity.watts,
            pricePerMegawattHour: entry.message.pricePerMegawattHour.microUnits,
            confidence: entry.message.confidence, redeclared: entry.message.isRedeclared,
            awardedWatts: entry.award?.quantity.watts,
            requestedWattSeconds: entry.score.requested.wattSeconds,
            deliveredWattSeconds: entry.score.delivered.wattSeconds,
            overDeliveredWattSeconds: entry.score.over.wattSeconds, performance: entry.score.share,
            samples: entry.samples, explanation: entry.message.explanation)
    }
}
