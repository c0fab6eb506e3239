import Dispatch
import Domain
import Foundation
import Storage
import Synchronization

/// What must outlive a restart of the worker: who started which transaction, and the ids given out to 1.6.
final class SessionMemory: Sendable {
    private struct State {
        var tokens: [String: TokenID] = [:]
        var ids: [TransactionKey: Int32] = [:]
        var nextID: Int32 = 1
    }
    private struct Row: Codable {
        var transaction: String?
        var token: String?
        var key: [String]?
        var id: Int32?
    }
    private let journal: Journal
    private let queue = DispatchQueue(label: "headroom.sessions")
    private let state: Mutex<State>
    /// Remembered transactions and ids; the oldest files of the journal roll away after 48 hours.
    private static let limit = 100_000

    init(folder: String) throws {
        self.journal = try Journal(folder: folder, configuration: .events)
        var state = State()
        var reader = self.journal.reader(from: self.journal.firstIndex)
        while let entry = try reader.next() {
            guard let row = try? JSONDecoder().decode(Row.self, from: Data(entry.payload)) else { continue }
            if let transaction = row.transaction, let token = row.token { state.tokens[transaction] = TokenID(token) }
            if let key = row.key, let id = row.id, let parsed = Self.key(key) {
                state.ids[parsed] = id
                state.nextID = max(state.nextID, id + 1)
            }
        }
        self.state = Mutex(state)
    }

    func token(_ key: EVSEKey, _ transaction: String) -> TokenID? {
        self.state.withLock { $0.tokens["\(key.station)|\(key.evse)|\(transaction)"] }
    }

    func remember(_ key: EVSEKey, _ transaction: String, _ token: TokenID) {
        let name = "\(key.station)|\(key.evse)|\(transaction)"
        let isNew = self.state.withLock { state in
            if state.tokens.count >= Self.limit { state.tokens.removeAll() }
            return state.tokens.updateValue(token, forKey: name) != token
        }
        guard isNew else { return }
        self.queue.async { self.write(Row(transaction: name, token: token.rawValue)) }
    }

    /// The id of a 1.6 transaction: the same for the same key, durable before it is said.
    func transactionID(_ key: TransactionKey, done: @escaping @Sendable (Int32) -> Void) {
        let (id, isNew) = self.state.withLock { state -> (Int32, Bool) in
            if let known = state.ids[key] { return (known, false) }
            if state.ids.count >= Self.limit { state.ids.removeAll() }
            let id = state.nextID
            state.nextID += 1
            state.ids[key] = id
            return (id, true)
        }
        guard isNew else { return done(id) }
        let fields = [
            key.station.rawValue, String(key.connector), key.token.rawValue, String(key.start.microseconds),
        ]
        self.queue.async {
            self.write(Row(key: fields, id: id))
            done(id)
        }
    }

    private func write(_ row: Row) {
        guard let payload = try? JSONEncoder().encode(row),
            let index = try? self.journal.append(kind: 1, at: Instant(seconds: 0), payload: Array(payload))
        else { return }
        try? self.journal.waitUntilDurable(index)
    }

    private static func key(_ fields: [String]) -> TransactionKey? {
        guard fields.count == 4, let connector = Int(fields[1]), let start = Int(fields[3]) else { return nil }
        return TransactionKey(
            station: StationID(fields[0]), connector: connector, token: TokenID(fields[2]),
            start: Instant(microseconds: start))
    }

    func close() {
        self.queue.sync {}
        self.journal.close()
    }
}
