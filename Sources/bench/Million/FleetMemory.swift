import Domain
import Fleet
import Foundation

/// Memory of the fleet's state: what is resident with a million charging points less what is without, for each of them,
/// with the names of its station and its car (20 and 16 bytes each) and after a record from everybody.
/// Beside it what a line alone takes.
let fleetMemory = Benchmark(name: "fleet-memory") {
    let figures = try MillionFleet.sizes.map(memoryApart)
    let each = figures.map(\.bytes)
    return Measurement(
        name: "fleet-memory", unit: "bytes/vehicle", value: each[2],
        beside: [
            "a line alone": Double(MemoryLayout<VehicleLine>.stride), "of it names": figures[2].names,
            "with 10,000": each[0], "with 100,000": each[1],
        ].merging(exponents(zip(each, MillionFleet.sizes).map { $0 * Double($1) })) { $1 })
}

/// Asks this program to measure the memory of so many points and print it, for ``memoryApart(_:)``.
let fleetMemoryArgument = "--fleet-memory"

private struct MemoryFigures: Codable {
    var bytes: Double
    var names: Double
}

/// In a process of its own: what one size leaves in the heap would be another's.
private func memoryApart(_ count: Int) throws -> MemoryFigures {
    try JSONDecoder().decode(MemoryFigures.self, from: try outputApart([fleetMemoryArgument, String(count)]))
}

/// Prints what a fleet of so many points takes, a point.
func printFleetMemory(_ count: Int) throws {
    _ = MillionFleet(10)
    let before = residentBytes()
    var fleet = MillionFleet(count)
    try fleet.report()
    let bytes = residentBytes() - before
    let plugged = fleet.state.totals.reduce(0) { $0 + $1.plugged }
    guard fleet.state.verify(), plugged > count * 8 / 10,
        fleet.state.registration(fleet.state.range(3).lowerBound + 7) == MillionFleet.registration(worker: 3, slot: 7)
    else { throw WrongResult(description: "\(plugged) of \(count) are plugged in") }
    let figures = MemoryFigures(
        bytes: Double(bytes) / Double(count), names: Double(fleet.state.nameBytes) / Double(count))
    print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
}

/// What this program prints in a process of its own.
func outputApart(_ arguments: [String]) throws -> Data {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: CommandLine.arguments[0])
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw WrongResult(description: "no figures of \(arguments)") }
    return data
}
