public import Domain

/// A part of an activation as text, and a row at each step of a product's own rate out of it.
public enum ProofFile {
    private static let header = "time_us,frequency_mhz,requested_w,setpoint_w,metered_w"

    /// Why a file is none of ours.
    public struct Unreadable: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String
    }

    /// A name that sorts by resource, product and time, of letters, digits and dashes; two names never meet in one.
    public static func name(_ part: ProofPart) -> String {
        "\(self.plain(part.resource.rawValue))_\(self.plain(part.product.rawValue))_\(part.began.microseconds)"
            + "_\(part.number).csv"
    }

    public static func text(_ part: ProofPart) -> String {
        var text = "# resource,\(self.plain(part.resource.rawValue)),product,\(self.plain(part.product.rawValue)),"
        text += "began_us,\(part.began.microseconds),part,\(part.number)\n\(self.header)\n"
        for sample in part.samples {
            text += "\(sample.at.microseconds),\(sample.milliHertz.map(String.init) ?? ""),\(sample.requestedWatts),"
            text += "\(sample.setpointWatts),\(sample.meteredWatts.map(String.init) ?? "")\n"
        }
        return text
    }

    public static func samples(_ text: String) throws(Unreadable) -> [ProofSample] {
        var samples: [ProofSample] = []
        var isHeaded = false
        for (index, line) in text.split(separator: "\n").enumerated() where line.first != "#" {
            guard isHeaded else {
                guard line == self.header else {
                    throw Unreadable(description: "line \(index + 1) is no proof's header")
                }
                isHeaded = true
                continue
            }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count == 5, let at = Int(fields[0]), let requested = Int(fields[2]), let told = Int(fields[3]),
                fields[1].isEmpty || Int(fields[1]) != nil, fields[4].isEmpty || Int(fields[4]) != nil
            else { throw Unreadable(description: "line \(index + 1) is no sample: copy the file again") }
            samples.append(
                ProofSample(
                    at: Instant(microseconds: at), milliHertz: Int(fields[1]), requestedWatts: requested,
                    setpointWatts: told, meteredWatts: Int(fields[4])))
        }
        guard isHeaded else { throw Unreadable(description: "it has no header: give a file of the proof folder") }
        return samples
    }

    /// One row at each multiple of `period`: of each figure the sample nearest to it, within a period; the meter's
    /// within a second, since it is read so often. Where there is none the field is empty: nothing is repeated as new.
    /// - Parameter time: writes an instant.
    public static func export(_ samples: [ProofSample], period: TimeSpan, time: (Instant) -> String) -> String {
        var text = "time,frequency_hz,requested_w,setpoint_w,metered_w\n"
        let sorted = samples.sorted { $0.at < $1.at }
        let metered = sorted.filter { $0.meteredWatts != nil }
        guard let first = sorted.first, let last = sorted.last, period.microseconds > 0 else { return text }
        let step = period.microseconds
        var at = (first.at.microseconds + step - 1) / step * step
        var (near, meter) = (0, 0)
        while at <= last.at.microseconds {
            self.advance(&near, sorted, to: at)
            self.advance(&meter, metered, to: at)
            let sample = self.distance(sorted, near, at) <= step ? sorted[near] : nil
            let reading =
                self.distance(metered, meter, at) <= max(step, 1_000_000) ? metered[meter].meteredWatts : nil
            let hertz = sample?.milliHertz.map { "\($0 / 1_000).\(String(1_000 + $0 % 1_000).dropFirst())" } ?? ""
            text += "\(time(Instant(microseconds: at))),\(hertz),\(sample.map { "\($0.requestedWatts)" } ?? ""),"
            text += "\(sample.map { "\($0.setpointWatts)" } ?? ""),\(reading.map(String.init) ?? "")\n"
            at += step
        }
        return text
    }

    private static func distance(_ samples: [ProofSample], _ index: Int, _ at: Int) -> Int {
        index < samples.count ? abs(samples[index].at.microseconds - at) : Int.max
    }

    /// To the sample nearest to a time that only goes on.
    private static func advance(_ index: inout Int, _ samples: [ProofSample], to at: Int) {
        while index + 1 < samples.count, self.distance(samples, index + 1, at) <= self.distance(samples, index, at) {
            index += 1
        }
    }

    /// A name as it stands in a file's: every other byte than a letter, a digit or a dash by its number, so that a name stays a name.
    public static func plain(_ name: String) -> String {
        name.utf8.map { byte in
            let isLetter = (65...90).contains(byte) || (97...122).contains(byte)
            let isPlain = isLetter || (48...57).contains(byte) || byte == 45
            return isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16)
        }.joined()
    }
}
