import Foundation

/// Revocation lists of stations' issuers. NIOSSL looks at none, so OpenSSL reads them and the gate compares serial
/// numbers. Blocks: never on an event loop.
enum RevocationList {
    /// The serial numbers that the lists name; of whichever issuer, as each listener's roots are one operator's.
    /// - Throws: ``OCPPServerError`` naming a file that holds no list, or one that none of the roots signed, or one
    ///   that has ended.
    static func serials(in files: [String], roots: [String]) throws(OCPPServerError) -> Set<[UInt8]> {
        var found: Set<[UInt8]> = []
        for file in files {
            guard let serials = (try? self.read(file, roots: roots)) ?? nil else {
                throw OCPPServerError(
                    .invalidConfiguration,
                    "\(file): give PEM of revocation lists that are in date and signed by one of clientRoots")
            }
            found.formUnion(serials)
        }
        return found
    }

    private static func read(_ file: String, roots: [String]) throws -> Set<[UInt8]>? {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let end = "-----END X509 CRL-----"
        let lists = text.components(separatedBy: end).dropLast()
        guard !lists.isEmpty else { return nil }
        return try OpenSSL.inFolder { openssl in
            let issuers = try openssl.write(
                try roots.map { try String(contentsOfFile: $0, encoding: .utf8) }.joined(separator: "\n"), "issuers.pem"
            )
            var found: Set<[UInt8]> = []
            for list in lists {
                let one = try openssl.write(list + end + "\n", "one.crl")
                let told = try openssl.run(["crl", "-in", one, "-CAfile", issuers, "-noout", "-text"])
                guard told.status == 0, told.text.contains("verify OK"), self.isInDate(told) else { return nil }
                for line in told.text.split(separator: "\n") {
                    guard let mark = line.range(of: "Serial Number: ") else { continue }
                    found.insert(self.plain(self.bytes(line[mark.upperBound...])))
                }
            }
            return found
        }
    }

    private static func isInDate(_ told: OpenSSL.Outcome) -> Bool {
        let form = DateFormatter()
        form.locale = Locale(identifier: "en_US_POSIX")
        form.timeZone = TimeZone(identifier: "UTC")
        form.dateFormat = "MMM d HH:mm:ss yyyy zzz"
        guard let text = told.value(after: "Next Update: ") else { return true }
        return form.date(from: text.replacingOccurrences(of: "  ", with: " ")).map { $0 > Date() } ?? false
    }

    private static func bytes(_ hex: Substring) -> [UInt8] {
        let digits = hex.filter(\.isHexDigit)
        let even = digits.count % 2 == 0 ? String(digits) : "0" + digits
        return stride(from: 0, to: even.count, by: 2).compactMap { place in
            let start = even.index(even.startIndex, offsetBy: place)
            return UInt8(even[start..<even.index(start, offsetBy: 2)], radix: 16)
        }
    }

    /// Without leading zeros, which DER has where the first bit is set.
    static func plain(_ serial: [UInt8]) -> [UInt8] { Array(serial.drop { $0 == 0 }) }
}
