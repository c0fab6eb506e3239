import Foundation
import NIOCore
import NIOSSL
import Synchronization

/// The certificates of one listener: read at the start, read anew when a file has changed. Connections that stand
/// keep what they were opened with.
final class ListenerTLS: Sendable {
    private struct State {
        var contexts: [KeyKind: NIOSSLContext] = [:]
        var revoked: Set<[UInt8]> = []
        /// Bytes of all files, to see a change; links that are swapped count too.
        var seen: [Data?] = []
        /// A change that could not be used was told of once.
        var failed: [Data?]?
    }

    enum Reload: Equatable {
        case unchanged
        case done
        /// The old certificates stay; nil = told before.
        case failed(String?)
    }

    /// What OCPP asks for (A00.FR.318), with forward secrecy first where the station can.
    static let cipherSuites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-GCM-SHA384",
    ].joined(separator: ":")

    let listener: OCPPListener
    /// Files whose certificate is for `*.…`: a compliant station refuses those.
    let wildcards: [String]
    private let state = Mutex(State())

    /// - Throws: ``OCPPServerError`` naming the file.
    init(_ listener: OCPPListener) throws(OCPPServerError) {
        self.listener = listener
        let contexts = try Self.contexts(of: listener)
        let revoked = try RevocationList.serials(in: listener.clientCRLs, roots: listener.clientRoots)
        self.wildcards = listener.certificates.map(\.chain).filter { file in
            let names = (try? NIOSSLCertificate.fromPEMFile(file))?.first.map { CertificateNames($0) }
            return names.map { $0.commonNames.union($0.alternatives).contains { $0.hasPrefix("*.") } } ?? false
        }
        let seen = self.contents()
        self.state.withLock {
            $0.contexts = contexts
            $0.revoked = revoked
            $0.seen = seen
        }
    }

    /// The context whose certificate this client can verify; ECDSA first, it costs a fifth of RSA. Where none fits
    /// the handshake fails with TLS's own alert.
    func context(for hello: ClientHello) -> NIOSSLContext? {
        self.state.withLock { state in
            let kinds = KeyKind.allCases.filter { state.contexts[$0] != nil }
            return (kinds.first { hello.accepts($0) } ?? kinds.last).flatMap { state.contexts[$0] }
        }
    }

    /// Whether a list of the clients' issuers names this certificate.
    func isRevoked(_ certificate: NIOSSLCertificate) -> Bool {
        self.state.withLock { state in
            !state.revoked.isEmpty && state.revoked.contains(RevocationList.plain(certificate.serialNumber))
        }
    }

    /// Reads the files again if any has changed. Not on an event loop.
    func reload() -> Reload {
        let now = self.contents()
        let (seen, failed) = self.state.withLock { ($0.seen, $0.failed) }
        guard now != seen else {
            self.state.withLock { $0.failed = nil }
            return .unchanged
        }
        do {
            let contexts = try Self.contexts(of: self.listener)
            let revoked = try RevocationList.serials(in: self.listener.clientCRLs, roots: self.listener.clientRoots)
            self.state.withLock {
                $0 = State(contexts: contexts, revoked: revoked, seen: now)
            }
            return .done
        } catch {
            self.state.withLock { $0.failed = now }
            return .failed(failed == now ? nil : error.message)
        }
    }

    private func contents() -> [Data?] {
        let files =
            self.listener.certificates.flatMap { [$0.chain, $0.key] } + self.listener.clientRoots
            + self.listener.clientCRLs
        return files.map { FileManager.default.contents(atPath: $0) }
    }

    private static func contexts(of listener: OCPPListener) throws(OCPPServerError) -> [KeyKind: NIOSSLContext] {
        var roots: [NIOSSLCertificate] = []
        for file in listener.clientRoots {
            guard let read = try? NIOSSLCertificate.fromPEMFile(file), !read.isEmpty else {
                throw OCPPServerError(
                    .invalidConfiguration, "cannot read \(file): give a PEM file of root certificates")
            }
            roots += read
        }
        var contexts: [KeyKind: NIOSSLContext] = [:]
        for files in listener.certificates {
            let (kind, context) = try Self.context(files, profile: listener.profile, roots: roots)
            guard contexts.updateValue(context, forKey: kind) == nil else {
                throw OCPPServerError(
                    .invalidConfiguration,
                    "\(files.chain): a second certificate with this kind of key: give one of RSA and one of ECDSA")
            }
        }
        return contexts
    }

    private static func context(
        _ files: CertificateFiles, profile: SecurityProfile, roots: [NIOSSLCertificate]
    ) throws(OCPPServerError) -> (KeyKind, NIOSSLContext) {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(files.chain)
            guard let leaf = chain.first,
                let kind = KeyKind(publicKeyInfo: try leaf.extractPublicKey().toSPKIBytes())
            else {
                throw OCPPServerError(
                    .invalidConfiguration, "\(files.chain): give a certificate with a key of RSA, P-256 or P-384")
            }
            let sources = chain.map { NIOSSLCertificateSource.certificate($0) }
            let key = NIOSSLPrivateKeySource.privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem))
            var configuration =
                profile == .mutualTLS
                ? TLSConfiguration.makeServerConfigurationWithMTLS(
                    certificateChain: sources, privateKey: key, trustRoots: .certificates(roots))
                : TLSConfiguration.makeServerConfiguration(certificateChain: sources, privateKey: key)
            configuration.minimumTLSVersion = .tlsv12
            configuration.cipherSuites = Self.cipherSuites
            configuration.shutdownTimeout = .seconds(1)
            return (kind, try NIOSSLContext(configuration: configuration))
        } catch let error as OCPPServerError {
            throw error
        } catch {
            throw OCPPServerError(
                .invalidConfiguration,
                "cannot read \(files.chain) or \(files.key): give PEM files of a certificate and its key")
        }
    }
}

/// Whom a station's certificate names.
struct CertificateNames: Hashable, Sendable {
    var commonNames: Set<String> = []
    var alternatives: Set<String> = []
    var organizations: Set<String> = []

    init(commonNames: Set<String> = [], alternatives: Set<String> = [], organizations: Set<String> = []) {
        self.commonNames = commonNames
        self.alternatives = alternatives
        self.organizations = organizations
    }

    init(_ certificate: NIOSSLCertificate) {
        for name in certificate.subjectName {
            if name.type == .commonName { self.commonNames.insert(name.value) }
            if name.type == .organization { self.organizations.insert(name.value) }
        }
        for name in certificate._subjectAlternativeNames() where name.nameType == .dnsName {
            self.alternatives.insert(String(decoding: Array(name.contents), as: UTF8.self))
        }
    }

    /// The name must be this station's, to the letter.
    func name(_ station: String) -> Bool {
        self.commonNames.contains(station) || self.alternatives.contains(station)
    }
}
