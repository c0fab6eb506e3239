import Foundation
import OCPP

/// A contract's certificate chain against the configured roots, and its eMAID against the list of contracts.
struct ContractCheck {
    struct Contract: Hashable {
        var contract: String
        var tenant: String
        var isCancelled: Bool
    }

    let configuration: CertificatesConfiguration
    let contracts: [String: Contract]?
    let statuses: CertificateStatuses

    /// - Throws: what is wrong with the contracts file.
    init(_ configuration: CertificatesConfiguration) throws {
        self.configuration = configuration
        self.contracts = try configuration.contractsFile.map { file in
            try Self.contracts(String(contentsOfFile: file, encoding: .utf8), name: file)
        }
        self.statuses = CertificateStatuses(configuration: configuration)
    }

    /// `emaid,contract,tenant,state` with its header.
    static func contracts(_ text: String, name: String) throws -> [String: Contract] {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.first == "emaid,contract,tenant,state" else {
            throw OCPPServerError(
                .invalidConfiguration, "\(name): the first line is emaid,contract,tenant,state: write it so")
        }
        var found: [String: Contract] = [:]
        for (number, line) in lines.enumerated().dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard cells.count == 4, ["active", "cancelled"].contains(cells[3]) else {
                throw OCPPServerError(
                    .invalidConfiguration,
                    "\(name):\(number + 1): a contract has an eMAID, a name, a tenant and the state active or cancelled"
                )
            }
            found[Self.plain(cells[0])] = Contract(
                contract: cells[1], tenant: cells[2], isCancelled: cells[3] == "cancelled")
        }
        return found
    }

    /// An eMAID without hyphens, in capitals and without its check digit, which is optional (ISO 15118-2 annex H).
    static func plain(_ emaid: String) -> String {
        String(emaid.uppercased().filter { $0.isLetter || $0.isNumber }.prefix(14))
    }

    /// Accepted only where the chain or the status of every certificate was shown to be good.
    func answer(_ request: V2.AuthorizeRequest) -> V2.AuthorizeResponse {
        func says(_ status: String, _ certificate: String) -> V2.AuthorizeResponse {
            var answer = V2.AuthorizeResponse(status: status)
            answer.certificateStatus = certificate
            return answer
        }
        var verdict = "NoCertificateAvailable"
        if let certificate = request.certificate {
            verdict = self.verdict(certificate, of: request.idToken.idToken)
        }
        if request.certificate == nil || verdict == "Accepted", let hashes = request.iso15118CertificateHashData {
            verdict = self.statuses.verdict(hashes)
        }
        guard verdict == "Accepted" else {
            return says(verdict == "CertificateExpired" ? "Expired" : "Invalid", verdict)
        }
        guard let contracts = self.contracts else { return says("Accepted", verdict) }
        guard let contract = contracts[Self.plain(request.idToken.idToken)] else { return says("Unknown", verdict) }
        guard !contract.isCancelled else { return says("Blocked", "ContractCancelled") }
        let isWelcome = self.configuration.tenants?.contains(contract.tenant) ?? true
        return says(isWelcome ? "Accepted" : "NotAtThisLocation", verdict)
    }

    /// The chain of PEM certificates, the leaf first, against the roots.
    private func verdict(_ chain: String, of token: String) -> String {
        guard let roots = self.configuration.contractRoots else { return "NoCertificateAvailable" }
        let certificates = OpenSSL.certificates(in: chain)
        guard let leaf = certificates.first, certificates.count <= 5 else { return "CertChainError" }
        let verdict = try? OpenSSL.inFolder { openssl in
            let file = try openssl.write(leaf, "leaf.pem")
            var arguments = ["verify", "-no-CApath", "-no-CAstore", "-CAfile", roots]
            if let lists = self.configuration.contractCRLs {
                arguments += ["-crl_check_all", "-CRLfile", lists]
            }
            if certificates.count > 1 {
                arguments += ["-untrusted", try openssl.write(certificates.dropFirst().joined(), "chain.pem")]
            }
            let outcome = try openssl.run(arguments + [file])
            guard outcome.status == 0 else { return Self.word(for: outcome.value(after: "error ")) }
            let name = try openssl.commonName(["x509", "-in", file])
            return name.map(Self.plain) == Self.plain(token) ? "Accepted" : "NoCertificateAvailable"
        }
        return verdict ?? "CertChainError"
    }

    /// OpenSSL's number of what is wrong (x509_vfy.h) as OCPP has it.
    private static func word(for error: String?) -> String {
        switch error?.prefix(while: \.isNumber) {
        case "7": "SignatureError"
        case "10": "CertificateExpired"
        case "23": "CertificateRevoked"
        default: "CertChainError"
        }
    }
}
