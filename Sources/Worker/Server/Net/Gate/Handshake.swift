import Domain
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import OCPP
import Runtime

/// One connection until it is a station's: decides once, remembers the decision for the handlers around it.
/// Lives on its event loop.
final class Handshake {
    private let shared: ServerShared
    private let listener: OCPPListener
    private let tls: ListenerTLS?
    private let address: String
    private var refusal: Admission.Refusal?

    init(shared: ServerShared, listener: OCPPListener, tls: ListenerTLS?, address: String) {
        self.shared = shared
        self.listener = listener
        self.tls = tls
        self.address = address
    }

    /// Admission, then the floor under the station's security profile, then how often it comes.
    func decide(_ head: HTTPRequestHead, on channel: any Channel) -> Admission {
        let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate()
        let terms = Admission.Terms(
            profile: self.listener.profile, names: certificate.map { CertificateNames($0) },
            organization: self.listener.organization,
            isRevoked: certificate.map { self.tls?.isRevoked($0) ?? false } ?? false,
            compresses: self.shared.configuration.compresses)
        let now = WallClock.now()
        switch Admission.decide(head, secrets: self.shared.secrets, terms: terms) {
        case .refused(let refusal): return .refused(self.refuse(refusal, at: now))
        case .admitted(let admitted):
            if let floor = self.shared.floor.refuses(admitted.station, on: self.listener.profile) {
                let refusal = Admission.Refusal(
                    .unauthorized, "this station connects with security profile \(floor.rawValue)",
                    station: admitted.station)
                return .refused(self.refuse(refusal, at: now))
            }
            guard self.shared.stationBuckets.take(admitted.station.rawValue, at: now) else {
                let refusal = Admission.Refusal(
                    .tooManyRequests, "this station connects too often", station: admitted.station, retryAfter: 60)
                return .refused(self.refuse(refusal, at: now))
            }
            if self.listener.profile == .mutualTLS, let certificate {
                self.shared.policy.certificates?.shown(
                    admitted.station, until: Instant(seconds: Int(certificate.notValidAfter)))
            }
            return .admitted(admitted)
        }
    }

    /// What to answer a request that was not upgraded.
    func answer(_ head: HTTPRequestHead, on channel: any Channel) -> Admission.Refusal {
        if let refusal = self.refusal { return refusal }
        if case .refused(let refusal) = self.decide(head, on: channel) { return refusal }
        return self.refuse(Admission.Refusal(.upgradeRequired, "connect by WebSocket, version 13"), at: WallClock.now())
    }

    private func refuse(_ refusal: Admission.Refusal, at now: Instant) -> Admission.Refusal {
        self.refusal = refusal
        self.shared.meters.refused(String(refusal.status.code))
        self.shared.addressBuckets.fine(self.address, self.shared.configuration.refusalFine, at: now)
        // An unknown name is the client's word: its address is what can be named and is bounded.
        let isKnown = refusal.station.map { self.shared.secrets.knows($0) } ?? false
        let who = isKnown ? refusal.station?.rawValue ?? self.address : self.address
        self.shared.complain(
            "a connection was refused", refusal.reason, of: who,
            [
                "address": "\(self.address)", "port": "\(self.listener.port)", "status": "\(refusal.status.code)",
                LogKey.station: "\(refusal.station.map { $0.rawValue } ?? "unknown")",
            ])
        return refusal
    }
}

extension SocketAddress {
    /// What shares a bucket: an IPv4 address, or the 64 bits of an IPv6 one that a site is given.
    var bucketKey: String {
        guard let text = self.ipAddress else { return "local" }
        guard case .v6(let address) = self else { return text }
        if text.hasPrefix("::ffff:") { return String(text.dropFirst(7)) }
        var whole = address.address
        // Sound: a `sockaddr_in6` has 28 bytes, its address begins at the eighth (RFC 3493, section 3.3).
        let prefix = unsafe withUnsafeBytes(of: &whole) { unsafe Array($0[8..<16]) }
        return prefix.map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }
}
