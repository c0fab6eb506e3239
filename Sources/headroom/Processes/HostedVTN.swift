import Aggregator
import Portal
import Runtime

/// The VTN that the aggregator hosts, on the portal's ports, for operators that have none of their own: they publish
/// programmes, calls, awards and instructions at it and read bids and reports there. The aggregator's own VEN
/// reads it like any other, by `ven.vtnURL`.
extension AggregatorConfiguration {
    /// As configured; its objects lie in the data folder unless `stateFile` says otherwise.
    var hostedVTN: VTNConfiguration? {
        guard var vtn = self.vtn else { return nil }
        vtn.stateFile = vtn.stateFile ?? "\(self.data)/openadr-vtn.jsonl"
        return vtn
    }

    func checkHostedVTN() throws {
        guard let vtn = self.vtn else { return }
        if let defect = vtn.defects.first { throw RuntimeError(.invalidConfiguration, defect) }
        guard let portal = self.portal else {
            throw RuntimeError(.invalidConfiguration, "vtn: it is served on the portal's ports, so add `portal`")
        }
        guard let ven = self.ven else { return }
        var own = ["127.0.0.1", "localhost"].map { "http://\($0):\(portal.port)" }
        if let url = vtn.publicURL { own.append(url) }
        guard own.contains(where: { $0 + vtn.basePath == ven.vtnURL }) else { return }
        guard vtn.clients.contains(where: { $0.id == ven.clientID && $0.secret == ven.clientSecret }) else {
            throw RuntimeError(
                .invalidConfiguration,
                "ven.vtnURL is this aggregator's own VTN: name \(ven.clientID) with its secret among vtn.clients")
        }
    }
}
