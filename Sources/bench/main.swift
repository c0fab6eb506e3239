import Foundation

// One benchmark per budget. `bench [--budgets FILE] [NAME…]`; a line of JSON each, in this order.
let benchmarks: [Benchmark] = [
    telemetryDecode, stackBuild, edgeStep, twinKernel, twinRun, twinDay, liveStations,
    ocppMeterValues, idleConnections, reconnectStorm,
]

exit(runBenchmarks(benchmarks, arguments: Array(CommandLine.arguments.dropFirst())))
