/// Parts of benchmarks that run in a process of their own: does what `argument` asks for; false where it is none of them.
func runMillionPart(_ argument: String, _ value: String) throws -> Bool {
    switch argument {
    case fleetMemoryArgument: try printFleetMemory(Int(value) ?? 0)
    case engineMemoryArgument: try printEngineMemory(Int(value) ?? 0)
    case telemetrySourceArgument: try runTelemetrySource(value)
    case countingSinkArgument: try runCountingSink(value)
    case fleetSinkArgument: try runFleetSink(value)
    case twinMillionArgument: try printTwinHour(Int(value) ?? 0)
    case fleetSecondArgument: try runFleetSink(value, isWhole: true)
    default: return false
    }
    return true
}
