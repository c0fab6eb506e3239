import Foundation

// One benchmark per budget. `bench [--budgets FILE] [NAME…]`; a line of JSON each, in this order.
let benchmarks: [Benchmark] = [
    telemetryDecode, stackBuild, edgeStep, twinKernel, twinRun, twinDay, liveStations,
    liveStations10000, ocppMeterValues, idleConnections, reconnectStorm,
]

if let peer = CommandLine.arguments.firstIndex(of: echoPeerArgument), CommandLine.arguments.count > peer + 2,
    let port = Int(CommandLine.arguments[peer + 1]), let count = Int(CommandLine.arguments[peer + 2])
{
    try runEchoPeer(port: port, count: count)
    exit(0)
}
exit(runBenchmarks(benchmarks, arguments: Array(CommandLine.arguments.dropFirst())))
