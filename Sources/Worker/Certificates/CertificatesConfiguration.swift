/// `ocpp.certificates` of a worker: what is left out is not offered, and stations are told so.
package struct CertificatesConfiguration: Codable, Hashable, Sendable {
    /// PEM file with the roots of contract certificates and of OCSP responders.
    package var contractRoots: String?
    /// PEM file with revocation lists of the contracts' issuers; given, every certificate of a chain needs its list.
    package var contractCRLs: String?
    /// CSV `emaid,contract,tenant,state`, state `active` or `cancelled`. Left out = whoever's chain holds may charge.
    package var contractsFile: String?
    /// Whose contracts may charge here, as the contracts file names the tenants; left out = everybody's.
    package var tenants: [String]?
    /// Beginnings of the URLs that may be asked for OCSP and CRL: the URLs themselves come from stations.
    package var statusURLs: [String]?
    /// Where Get15118EVCertificate is sent to (POST, JSON as in OCPP).
    package var provisioningURL: String?
    /// PEM files of the authority that signs stations' certificates; both or none.
    package var caCertificate: String?
    package var caKey: String?
    /// Instead of them an authority elsewhere that speaks EST (RFC 7030): the URL below which `simpleenroll` is, for
    /// stations' own certificates and for those by which they prove themselves to cars (V2GCertificate).
    package var estURL: String?
    package var estV2GURL: String?
    /// File with `user:password` for it.
    package var estLoginFile: String?
    /// Days that a station's certificate is good for, and days before its end at which it is to ask for a new one.
    package var stationDays: Int?
    package var renewDays: Int?

    package init() {}

    /// What is wrong with it, one line; nil where nothing is.
    package var finding: String? {
        if (self.caCertificate == nil) != (self.caKey == nil) {
            return "ocpp.certificates: give caCertificate and caKey, or none of them"
        }
        if self.caCertificate != nil, self.estURL != nil {
            return "ocpp.certificates: give caCertificate and caKey or estURL: one authority signs"
        }
        if self.tenants != nil, self.contractsFile == nil {
            return "ocpp.certificates: tenants are named in contractsFile: give it, or leave tenants out"
        }
        if self.days < 1 || self.leadDays < 0 || self.leadDays >= self.days {
            return "ocpp.certificates: stationDays is at least 1, and renewDays between 0 and less than it"
        }
        return nil
    }

    package var days: Int { self.stationDays ?? 365 }
    package var leadDays: Int { self.renewDays ?? min(30, self.days / 3) }

    /// Whether a URL that a station names may be asked.
    package func allows(_ url: String) -> Bool {
        (self.statusURLs ?? []).contains { url.hasPrefix($0) }
    }
}
