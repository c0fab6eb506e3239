import Domain
import Synchronization

/// A signal to 10,000 connected stations of OCPP 2.1 until the last has answered, as a multiple of what a bare NIO
/// server needs for frames of the same size to and from the same stations in the same run. The stations are lean ones
/// in a process of their own on the same cores; the server is ours with each session's whole state.
let liveStations10000 = Benchmark(name: "live-stations-10000") { try signal10000("live-stations-10000", nil) }

/// The same over TLS 1.3 with a certificate of P-256, on both sides of the comparison.
let liveStations10000TLS = Benchmark(name: "live-stations-10000-tls", isByNameOnly: true) {
    try signal10000("live-stations-10000-tls", BenchCertificate())
}

private func signal10000(_ name: String, _ certificate: BenchCertificate?) throws -> Measurement {
    let count = 10_000
    let bare = try bareSignals(count, certificate)
    let server = try StationServer(certificate)
    let swarm = try Swarm(.station, count: count, port: server.port, isTLS: certificate != nil)
    defer { swarm.stop() }
    try waitFor("\(count) stations to plug in", seconds: 120) { server.ears.readyCount == count }
    let stations = server.ears.ready
    // The first order of a session installs the profile that later ones update.
    _ = try signalled(server, stations, watts: 6_000)
    let before = swarm.microseconds
    let all = try (0..<rounds).map { try signalled(server, stations, watts: $0 % 2 == 0 ? 5_000 : 7_000) }
    let spentByStations = swarm.microseconds - before
    let some = Array(stations.prefix(4_000))
    let few = try (0..<rounds).map { try signalled(server, some, watts: $0 % 2 == 0 ? 4_000 : 3_000) }
    return Measurement(
        name: name, unit: "times bare NIO", value: all.median(\.all) / bare.median(\.all),
        beside: [
            "all answered, ms": all.median(\.all), "bare NIO, all answered, ms": bare.median(\.all),
            "CPU a call and answer, us": all.median(\.microseconds),
            "bare NIO, CPU a call and answer, us": bare.median(\.microseconds),
            "last frame written, p99, ms": all.map(\.written).max() ?? 0,
            "bare NIO, last frame written, p99, ms": bare.map(\.written).max() ?? 0,
            "4,000 moved, ms": few.median(\.all),
            "stations' CPU an answer, us": Double(spentByStations) / Double(count * rounds),
        ])
}

/// Enough that the middle one means something; the worst of them stands for p99.
private let rounds = 15

/// What a signal to many stations took.
private struct SignalFigures {
    /// Until the last answer, ms.
    var all: Double
    /// Until the last frame was handed to the kernel, ms.
    var written: Double
    /// CPU of the server's process for each call and answer, microseconds.
    var microseconds: Double
}

extension [SignalFigures] {
    fileprivate func median(_ figure: (SignalFigures) -> Double) -> Double {
        self.map(figure).sorted()[self.count / 2]
    }
}

private func signalled(_ server: StationServer, _ stations: [StationID], watts: Int) throws -> SignalFigures {
    server.ears.clear()
    let written = Mutex(ContinuousClock.now)
    let (start, began) = (ContinuousClock.now, processMicroseconds())
    server.signal(stations, watts: watts) { written.withLock { $0 = .now } }
    try waitFor("all answers", seconds: 30, every: 0.02) { server.ears.answers.count >= stations.count }
    let spent = processMicroseconds() - began
    let answers = server.ears.answers
    guard answers.accepted == stations.count else {
        throw WrongResult(description: "\(answers.others) of \(stations.count) orders were not accepted")
    }
    return SignalFigures(
        all: start.duration(to: answers.last).milliseconds,
        written: start.duration(to: written.withLock { $0 }).milliseconds,
        microseconds: Double(spent) / Double(stations.count))
}

private func bareSignals(_ count: Int, _ certificate: BenchCertificate?) throws -> [SignalFigures] {
    let server = try BareServer(certificate)
    let swarm = try Swarm(.echo, count: count, port: server.port, isTLS: certificate != nil)
    defer {
        swarm.stop()
        server.stop()
    }
    try waitFor("\(count) bare connections", seconds: 60) { server.count == count }
    let figures = try (0...rounds).map { _ in
        server.clear()
        let written = Mutex(ContinuousClock.now)
        let (start, began) = (ContinuousClock.now, processMicroseconds())
        server.signal { written.withLock { $0 = .now } }
        try waitFor("all bare answers", seconds: 30, every: 0.02) { server.answered.count == count }
        return SignalFigures(
            all: start.duration(to: server.answered.last).milliseconds,
            written: start.duration(to: written.withLock { $0 }).milliseconds,
            microseconds: Double(processMicroseconds() - began) / Double(count))
    }
    return Array(figures.dropFirst())
}
