/// What a station has to prove before it may speak (OCPP 2.1 part 2, section A 1.3).
package enum SecurityProfile: Int, Codable, Hashable, Sendable, Comparable, CaseIterable {
    /// Plain text with HTTP Basic.
    case basic = 1
    /// TLS with our certificate, HTTP Basic inside.
    case tlsBasic = 2
    /// TLS with certificates on both sides; the station's names the station.
    case mutualTLS = 3

    package static func < (left: SecurityProfile, right: SecurityProfile) -> Bool { left.rawValue < right.rawValue }
}

/// A certificate chain, leaf first, and the key of the leaf; PEM files.
package struct CertificateFiles: Codable, Hashable, Sendable {
    package var chain: String
    package var key: String

    package init(chain: String, key: String) {
        self.chain = chain
        self.key = key
    }
}

/// One port with one security profile (A00.FR.006).
package struct OCPPListener: Hashable, Sendable {
    /// 0 takes a free one; see ``OCPPServer/ports``.
    package var port: Int
    package var profile: SecurityProfile
    /// Profiles 2 and 3: one certificate, or one of RSA and one of ECDSA; each client gets what it can verify.
    package var certificates: [CertificateFiles]
    /// Profile 3: PEM files of the roots that station certificates lead to.
    package var clientRoots: [String]
    /// Profile 3: PEM files of revocation lists of those roots, or of issuers below them that are among the roots.
    package var clientCRLs: [String]
    /// Profile 3: what station certificates name as organization (O); nil = not looked at.
    package var organization: String?

    package init(
        port: Int, profile: SecurityProfile, certificates: [CertificateFiles] = [], clientRoots: [String] = [],
        clientCRLs: [String] = [], organization: String? = nil
    ) {
        self.port = port
        self.profile = profile
        self.certificates = certificates
        self.clientRoots = clientRoots
        self.clientCRLs = clientCRLs
        self.organization = organization
    }

    /// What cannot work about it, in one line that names what to do.
    var finding: String? {
        switch self.profile {
        case .basic where !self.certificates.isEmpty || !self.clientRoots.isEmpty:
            "port \(self.port): profile 1 is plain text: take the certificates out or set profile 2 or 3"
        case .tlsBasic where self.certificates.isEmpty, .mutualTLS where self.certificates.isEmpty:
            "port \(self.port): profile \(self.profile.rawValue) needs certificates: give chain and key"
        case .basic where !self.clientCRLs.isEmpty,
            .tlsBasic where !self.clientRoots.isEmpty || !self.clientCRLs.isEmpty:
            "port \(self.port): clientRoots and clientCRLs are for profile 3: take them out or set profile 3"
        case .mutualTLS where self.clientRoots.isEmpty:
            "port \(self.port): profile 3 needs clientRoots: give PEM files of the roots of station certificates"
        default: nil
        }
    }
}

extension OCPPListener: Codable {
    private enum CodingKeys: String, CodingKey {
        case port, profile, certificates, clientRoots, clientCRLs, organization
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            port: try keys.decode(Int.self, forKey: .port),
            profile: try keys.decode(SecurityProfile.self, forKey: .profile),
            certificates: try keys.decodeIfPresent([CertificateFiles].self, forKey: .certificates) ?? [],
            clientRoots: try keys.decodeIfPresent([String].self, forKey: .clientRoots) ?? [],
            clientCRLs: try keys.decodeIfPresent([String].self, forKey: .clientCRLs) ?? [],
            organization: try keys.decodeIfPresent(String.self, forKey: .organization))
        if let finding = self.finding {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: finding))
        }
    }
}
