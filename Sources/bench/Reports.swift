import Domain
import Foundation
import NIOCore

/// TransactionEvents through plain sockets, each answered once its facts are told: so many for each second of CPU of the
/// server's process. 500 stations report as fast as they are answered.
let reportsPlain = Benchmark(name: "reports-plain") {
    let figures = try reports(.reporter)
    return Measurement(
        name: "reports-plain", unit: "reports a CPU second", value: figures.perSecond,
        beside: [
            "CPU a report, us": figures.microseconds, "reports a second": figures.wall,
            "bytes a report": figures.bytes, "Python ocpp CSMS, a second (published)": 736,
        ])
}

/// permessage-deflate on beside off, without context takeover: how many times fewer bytes the same reports are on the
/// wire. Beside it what that costs in CPU and memory, from the same run.
let reportsDeflate = Benchmark(name: "reports-deflate", isByNameOnly: true) {
    let plain = try reportsApart(.reporter)
    let small = try reportsApart(.compressor)
    return Measurement(
        name: "reports-deflate", unit: "times fewer bytes", value: plain.bytes / small.bytes,
        beside: [
            "bytes, off": plain.bytes, "bytes, on": small.bytes, "CPU, off, us": plain.microseconds,
            "CPU, on, us": small.microseconds, "memory a station, off, bytes": plain.memory,
            "memory a station, on, bytes": small.memory,
        ])
}

/// Asks this program to measure one role's reports and print the figures, for ``reportsApart(_:)``.
let reportsArgument = "--reports"

/// In a process of their own: what one run leaves in the heap is not the other's.
private func reportsApart(_ role: SwarmRole) throws -> ReportFigures {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: CommandLine.arguments[0])
    process.arguments = [reportsArgument, role.rawValue]
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw WrongResult(description: "no figures of \(role.rawValue)") }
    return try JSONDecoder().decode(ReportFigures.self, from: data)
}

/// Prints the figures of one role as JSON.
func printReports(_ role: String) throws {
    guard let role = SwarmRole(rawValue: role) else { throw WrongResult(description: "\(role): no role") }
    print(String(decoding: try JSONEncoder().encode(try reports(role)), as: UTF8.self))
}

private struct ReportFigures: Codable {
    var perSecond: Double
    var wall: Double
    var microseconds: Double
    var bytes: Double
    var memory: Double
}

/// Two seconds of reports, after one that warms up.
private func reports(_ role: SwarmRole) throws -> ReportFigures {
    let count = 500
    let server = try StationServer()
    let before = residentBytes()
    let swarm = try Swarm(role, count: count, port: server.port)
    defer { swarm.stop() }
    try waitFor("\(count) stations", seconds: 30) { server.ears.readyCount == count }
    RunLoop.current.run(until: Date().addingTimeInterval(1))
    let (start, began, first) = (ContinuousClock.now, processMicroseconds(), server.ears.reports)
    RunLoop.current.run(until: Date().addingTimeInterval(2))
    let (spent, done) = (processMicroseconds() - began, server.ears.reports - first)
    let seconds = start.duration(to: .now).milliseconds / 1_000
    let memory = residentBytes() - before
    swarm.stop()
    try server.stop()
    let frames = role == .compressor ? SwarmFrames.compressedReports : SwarmFrames.reports
    let bytes = frames.reduce(0) { $0 + $1.readableBytes }
    return ReportFigures(
        perSecond: Double(done) * 1e6 / Double(spent), wall: Double(done) / seconds,
        microseconds: Double(spent) / Double(done), bytes: Double(bytes) / Double(frames.count),
        memory: Double(memory) / Double(count))
}
