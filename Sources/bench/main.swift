import Foundation

// One benchmark per budget. `bench [--budgets FILE] [NAME…]`; a line of JSON each, in this order.
let benchmarks: [Benchmark] = [
    telemetryDecode, stackBuild, siteProof, chargingPlans, edgeStep, twinKernel, twinRun, twinDay, liveStations,
    liveStations10000, liveStations10000TLS, ocppMeterValues, reportsPlain, reportsDeflate, idleConnections,
    idleConnectionsTLS, reconnectStorm, reconnectStormTLS, fleetMemory, fleetAggregate,
    fleetTelemetry, fleetSecond, stackMillion, signalMillion, fleetSnapshot, engineMemory, engineMillion,
    signalFanout, twinMillion, settleMillion,
]

if let peer = CommandLine.arguments.firstIndex(of: swarmPeerArgument) {
    try runSwarmPeer(Array(CommandLine.arguments[(peer + 1)...]))
    exit(0)
}
if CommandLine.arguments.count == 3, CommandLine.arguments[1] == reportsArgument {
    try printReports(CommandLine.arguments[2])
    exit(0)
}
if CommandLine.arguments.count == 3, try runMillionPart(CommandLine.arguments[1], CommandLine.arguments[2]) { exit(0) }
exit(runBenchmarks(benchmarks, arguments: Array(CommandLine.arguments.dropFirst())))
