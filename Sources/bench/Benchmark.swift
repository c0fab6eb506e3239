import Foundation

/// What one benchmark measured: the median of its rounds, with the limit or peer measured in the same run.
struct Measurement: Encodable, Sendable {
    var name: String
    var unit: String
    var value: Double
    /// Figures of the same run that the value is to be seen beside.
    var beside: [String: Double]
}

/// A benchmark by name; it measures when it is run.
struct Benchmark: Sendable {
    var name: String
    /// Takes long, or as much of the machine as there is: not run among all.
    var isByNameOnly = false
    var run: @Sendable () throws -> Measurement
}

/// What a benchmark has to reach: at most or at least a value, in the unit that the benchmark prints.
struct Budget: Decodable, Sendable {
    var most: Double?
    var least: Double?
    /// Budgets for what is printed beside it, by its name there.
    var beside: [String: Budget]?

    /// Why a measurement misses the budget, a line each.
    func misses(_ measurement: Measurement) -> [String] {
        let own = self.miss(measurement.value, "\(measurement.name): \(measurement.value) \(measurement.unit)")
        let others = (self.beside ?? [:]).sorted { $0.key < $1.key }.map { name, budget -> String? in
            guard let value = measurement.beside[name] else { return "\(measurement.name): prints no \(name)" }
            return budget.miss(value, "\(measurement.name): \(value) \(name)")
        }
        return ([own] + others).compactMap { $0 }
    }

    private func miss(_ value: Double, _ text: String) -> String? {
        if let most, value > most { return "\(text) is above the budget of \(most)" }
        if let least, value < least { return "\(text) is below the budget of \(least)" }
        return nil
    }
}

let usage = """
    usage: bench [--budgets FILE] [NAME…]
    Prints one line of JSON per benchmark; with --budgets it exits 1 when one misses its budget.
    Without names all run but the long ones: those over TLS with 10,000 stations, storms and reports-deflate.
    example: bench --budgets Config/budgets.json stack-build
    """

/// Runs the named benchmarks (all that are not long where none is named). Returns 0, 1 (a budget is missed or a benchmark failed)
/// or 2 (bad usage).
func runBenchmarks(_ all: [Benchmark], arguments: [String]) -> Int32 {
    var names: [String] = []
    var budgets: [String: Budget] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
        switch argument {
        case "--help", "-h":
            print(usage)
            return 0
        case "--budgets":
            guard let path = rest.popFirst() else {
                return complain("--budgets wants a file\n\(usage)", 2)
            }
            do {
                let data = try Data(contentsOf: URL(fileURLWithPath: path))
                budgets = try JSONDecoder().decode([String: Budget].self, from: data)
            } catch {
                return complain(
                    "\(path): give a readable JSON object of budgets by benchmark name", 2)
            }
        default: names.append(argument)
        }
    }
    let known = Set(all.map(\.name))
    if let stranger = (names + budgets.keys.sorted()).first(where: { !known.contains($0) }) {
        return complain(
            "\(stranger): no such benchmark; there are \(all.map(\.name).joined(separator: ", "))",
            2)
    }
    let chosen = names.isEmpty ? all.filter { !$0.isByNameOnly } : all.filter { names.contains($0.name) }
    return measure(chosen, budgets: budgets)
}

private func measure(_ chosen: [Benchmark], budgets: [String: Budget]) -> Int32 {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var status: Int32 = 0
    for benchmark in chosen {
        do {
            let measurement = try benchmark.run()
            print(String(decoding: try encoder.encode(measurement), as: UTF8.self))
            for miss in budgets[benchmark.name]?.misses(measurement) ?? [] { status = complain(miss, 1) }
        } catch {
            status = complain("\(benchmark.name): \(error)", 1)
        }
    }
    return status
}

private func complain(_ line: String, _ status: Int32) -> Int32 {
    FileHandle.standardError.write(Data("bench: \(line)\n".utf8))
    return status
}
