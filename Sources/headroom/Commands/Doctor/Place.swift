import Aggregator
import Foundation
import Portal
import Runtime
import Worker

/// What a process's configuration makes it use of its machine.
struct Place {
    var listeners: [PortProbe.Listener] = []
    /// Key pairs of CURVE, then other files that nobody else may read.
    var keys: [String] = []
    var secrets: [String] = []
    var allowList: String?
    var data: String?
    /// Bytes that its journals may grow to, with room to spare.
    var room = 0
    var database: String?
    var descriptors = 1_024

    init() {}

    /// Reads and checks a configuration as the process does.
    init(_ kind: DoctorCommand.Kind, _ file: String) throws {
        switch kind {
        case .aggregator:
            let terms = try StrictYAML.load(AggregatorConfiguration.self, from: file)
            try terms.check(region: try loadRegion(terms.regionFile))
            self.listeners = terms.listeners
            self.keys = [terms.fleetLink.keyFile]
            self.secrets = [terms.portal?.privateKey].compactMap { $0 }
            self.allowList = terms.fleetLink.allowFile
            self.data = terms.data
            // Events 2 GiB, the outbox while the database is away, SQLite beside them.
            self.room = 4 << 30
            self.database = terms.databaseURL
            self.descriptors += terms.portal?.connections ?? 0
        case .worker:
            let terms = try StrictYAML.load(WorkerConfiguration.self, from: file)
            try terms.check()
            _ = try loadRegion(terms.regionFile)
            let key = terms.ocpp.listeners == nil ? "ocpp.port" : "ocpp.listeners"
            self.listeners =
                terms.ocpp.allListeners.map { .init(host: terms.ocpp.host, port: $0.port, key: key) }
                + [.init(host: "127.0.0.1", port: terms.metricsPort, key: "metricsPort")]
            self.keys = [terms.fleetLink.keyFile]
            self.secrets = [terms.ocpp.secretsFile, terms.ocpp.pepperFile].compactMap { $0 }
            self.secrets += terms.ocpp.allListeners.flatMap { $0.certificates.map(\.key) }
            self.data = terms.data
            self.room = 1 << 30
            let stations = try fileText(terms.ocpp.secretsFile).split(separator: "\n").count
            self.descriptors += stations
        case .utility:
            let terms = try StrictYAML.load(UtilityProcessConfiguration.self, from: file)
            _ = try loadRegion(terms.regionFile)
            if let defect = terms.utility.defects.first { throw RuntimeError(.invalidConfiguration, defect) }
            self.listeners = [
                .init(host: terms.utility.host, port: terms.utility.port, key: "utility.port"),
                .init(host: "127.0.0.1", port: terms.metricsPort, key: "metricsPort"),
            ]
            self.keys = [terms.fastSignal?.keyFile].compactMap { $0 }
        }
    }
}
