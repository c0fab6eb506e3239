/// A finding: where, and what to do about it.
struct Finding: Hashable, CustomStringConvertible {
    var place: String
    var advice: String
    var description: String { "\(self.place): \(self.advice)" }
}

/// The house rules that a machine can check. Each is a pure function of one file, so the canary can feed it.
enum Rules {
    static let pureModules: Set<String> = [
        "Domain", "Fleet", "GridCodes", "Planning", "Control", "Ledger", "Engine", "OCPP", "OpenADR",
        "FleetLink", "Twin",
    ]

    /// What a pure module must not say, with what to say instead.
    static let bannedInPure: [(word: String, advice: String)] = [
        ("Date()", "take `now` as an argument"),
        ("ContinuousClock", "take `now` as an argument"),
        ("SuspendingClock", "take `now` as an argument"),
        ("clock_gettime", "take `now` as an argument"),
        ("SystemRandomNumberGenerator", "take a SeededGenerator"),
        (".random(in: ", "draw with `using: &generator`"),
        ("UUID()", "take an id as an argument"),
        (" async ", "leave waiting to the rim"),
        ("await ", "leave waiting to the rim"),
        ("FileManager", "leave files to the rim"),
        ("ProcessInfo", "leave the environment to the rim"),
        (" print(", "return what is to be said"),
    ]

    /// What no source may say.
    static let bannedAnywhere: [(word: String, advice: String)] = [
        ("try!", "throw, or handle it"),
        ("as!", "cast with as? and handle nil"),
        ("fatalError(", "use precondition, or throw"),
        ("Task.detached", "use a task group that somebody awaits"),
        ("Thread.sleep", "wait on a condition or a clock"),
        ("usleep(", "wait on a condition or a clock"),
    ]

    /// What marks something unfinished, in prose too: finish it, or say in the module's README what is left out.
    static let unfinished = ["TODO", "FIXME", "for now", "not implemented yet", "placeholder", "in a real system"]

    static func promises(_ file: SourceFile) -> [Finding] {
        file.lines.enumerated().flatMap { index, line in
            self.unfinished.filter { line.contains($0) }
                .map { Finding(place: "\(file.path):\(index + 1)", advice: "`\($0)`: finish it") }
        }
    }

    static let bannedImportsInPure: Set<String> = [
        "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "Hummingbird", "GRDB", "Dispatch", "Glibc",
        "Logging", "Metrics", "Yams", "AsyncHTTPClient", "ServiceLifecycle", "Crypto", "Foundation",
        "FoundationEssentials", "Synchronization", "ZeroMQ", "CZeroMQ", "CPostgres",
    ]

    static func words(_ file: SourceFile) -> [Finding] {
        let pure = self.pureModules.contains(file.module)
        let banned = self.bannedAnywhere + (pure ? self.bannedInPure : [])
        return self.code(file).flatMap { number, line in
            banned.filter { entry in
                line.contains(entry.word) && !(entry.word == ".random(in: " && line.contains("using:"))
            }
            .map { Finding(place: "\(file.path):\(number)", advice: "`\($0.word)`: \($0.advice)") }
        }
    }

    static func imports(_ file: SourceFile) -> [Finding] {
        guard self.pureModules.contains(file.module) else { return [] }
        return self.code(file).compactMap { number, line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at < 2, words.count > at + 1,
                self.bannedImportsInPure.contains(String(words[at + 1]))
            else { return nil }
            return Finding(
                place: "\(file.path):\(number)", advice: "a pure module does not import \(words[at + 1])")
        }
    }

    /// Longest file in lines, longest function in lines.
    static let longestFile = 800
    static let longestFunction = 70
    /// Tests tell a story in one piece and may be a little longer.
    static let longestTest = 80

    static func sizes(_ file: SourceFile) -> [Finding] {
        let most = file.path.hasPrefix("Tests") ? self.longestTest : self.longestFunction
        var findings: [Finding] = []
        if file.lines.count > self.longestFile {
            findings.append(
                Finding(place: file.path, advice: "\(file.lines.count) lines: split the room at \(self.longestFile)"))
        }
        var open: (line: Int, indent: Int)?
        for (index, line) in file.lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            if let start = open, indent == start.indent, line.dropFirst(indent).hasPrefix("}") {
                if index - start.line > most {
                    findings.append(
                        Finding(
                            place: "\(file.path):\(start.line + 1)",
                            advice: "a function of \(index - start.line) lines: at most \(most)"))
                }
                open = nil
            } else if open == nil, line.contains("func ") || line.contains(" init("), !line.contains("//"),
                !line.hasSuffix("}")
            {
                open = (index, indent)
            }
        }
        return findings
    }

    /// Lines that are code, with their numbers from 1; comments are prose and may say anything.
    private static func code(_ file: SourceFile) -> [(Int, Substring)] {
        file.lines.enumerated().compactMap { index, line in
            let text = line.drop { $0 == " " }
            guard !text.hasPrefix("//") else { return nil }
            return (index + 1, text.firstRange(of: " // ").map { text[..<$0.lowerBound] } ?? text)
        }
    }
}
