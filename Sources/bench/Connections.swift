import Domain
import Foundation

/// What a connected station costs while it says nothing: memory of the server with the full state of its session
/// (booted, asked what it can do, plugged in, reported once), in bytes each. The stations are a process of their own.
/// Beside it a bare NIO handler (read, not measured here).
let idleConnections = Benchmark(name: "idle-connections") {
    try idle("idle-connections", count: 4_000, nil, bare: 5_734)
}

/// The same over TLS.
let idleConnectionsTLS = Benchmark(name: "idle-connections-tls") {
    try idle("idle-connections-tls", count: 4_000, BenchCertificate(), bare: 23_962)
}

private func idle(_ name: String, count: Int, _ certificate: BenchCertificate?, bare: Double) throws -> Measurement {
    let server = try StationServer(certificate)
    func connect(_ count: Int, after seated: Int) throws -> Swarm {
        let swarm = try Swarm(
            .station, count: count, port: server.port, isTLS: certificate != nil, firstNumber: seated)
        try waitFor("\(count) stations", seconds: 60) { server.ears.readyCount == seated + count }
        return swarm
    }
    // The first ones pay for what all share.
    let first = try connect(100, after: 0)
    let before = residentBytes()
    let rest = try connect(count, after: 100)
    let after = residentBytes()
    rest.stop()
    first.stop()
    try server.stop()
    return Measurement(
        name: name, unit: "bytes each", value: Double(after - before) / Double(count),
        beside: ["stations": Double(count), "bare NIO handler (published)": bare])
}

/// A worker that starts anew while its 10,000 stations dial at once, all from one address: seconds until each has
/// booted, told what it can do, is plugged in again and can be given set-points. Set-points are sent to all every 2 s;
/// each must get its answer, whatever it is. Beside it a bare NIO server that comes back in the same run.
let reconnectStorm = Benchmark(name: "reconnect-storm", isByNameOnly: true) { try storm("reconnect-storm", nil) }

/// The same over TLS: each station and the server make a new session with a certificate of P-256.
let reconnectStormTLS = Benchmark(name: "reconnect-storm-tls", isByNameOnly: true) {
    try storm("reconnect-storm-tls", BenchCertificate())
}

private func storm(_ name: String, _ certificate: BenchCertificate?) throws -> Measurement {
    let count = 10_000
    let bare = try bareStorm(count, certificate)
    var server = try StationServer(certificate)
    let port = server.port
    let swarm = try Swarm(.station, count: count, port: port, isTLS: certificate != nil)
    defer { swarm.stop() }
    try waitFor("\(count) stations to plug in", seconds: 120) { server.ears.readyCount == count }
    let stations = server.ears.ready
    try server.stop()
    let (start, began) = (ContinuousClock.now, processMicroseconds())
    server = try StationServer(certificate, port: port)
    var orders = 0
    var nextOrder = start
    try waitFor("all stations to come back", seconds: 120) {
        if ContinuousClock.now >= nextOrder {
            server.signal(stations, watts: 5_000 + orders)
            orders += 1
            nextOrder = .now + .seconds(2)
        }
        return server.ears.readyCount == count
    }
    let seconds = start.duration(to: .now).milliseconds / 1_000
    let spent = processMicroseconds() - began
    try waitFor("an answer to each order", seconds: 30) { server.ears.answers.count == orders * count }
    let early = server.ears.answers.others
    server.ears.clear()
    server.signal(stations, watts: 7_000)
    try waitFor("the orders after the storm", seconds: 30) { server.ears.answers.count == count }
    guard server.ears.answers.others == 0 else {
        throw WrongResult(description: "\(server.ears.answers.others) of \(count) cannot be dispatched")
    }
    return Measurement(
        name: name, unit: "s", value: seconds,
        beside: [
            "stations": Double(count), "stations a second": Double(count) / seconds,
            "bare NIO, connections a second": Double(count) / bare, "bare NIO, s": bare,
            "CPU a station, us": Double(spent) / Double(count), "orders meanwhile": Double(orders * count),
            "of them not connected, superseded or refused": Double(early),
        ])
}

/// Seconds until as many connections stand again that nothing is asked of.
private func bareStorm(_ count: Int, _ certificate: BenchCertificate?) throws -> Double {
    var server = try BareServer(certificate)
    let port = server.port
    let swarm = try Swarm(.echo, count: count, port: port, isTLS: certificate != nil)
    defer {
        swarm.stop()
        server.stop()
    }
    try waitFor("\(count) bare connections", seconds: 60) { server.count == count }
    server.stop()
    let start = ContinuousClock.now
    server = try BareServer(certificate, port: port)
    try waitFor("\(count) bare connections again", seconds: 60) { server.count == count }
    return start.duration(to: .now).milliseconds / 1_000
}
