// swift-tools-version:6.2
// The house: one module list, read top to bottom. Imports point down only.
//
// `HEADROOM_ONLY=ControlTests,TwinTests swift test` plans just these targets and what they need,
// so that the pure modules build and test in seconds, without a single external package.
import PackageDescription

/// What every Swift target is built with: warnings are errors, imports are explicit.
let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// One target of this package, with the targets of ours and the products of others that it uses.
struct Module {
    enum Kind { case c, system, library, executable, test }
    var name: String
    var kind: Kind
    var uses: [String] = []
    var products: [String] = []
}

/// Products of other packages by short name, with the package that ships them.
let products: [String: String] = [
    "ArgumentParser": "swift-argument-parser", "AsyncHTTPClient": "async-http-client",
    "Crypto": "swift-crypto", "CryptoExtras": "swift-crypto", "GRDB": "GRDB.swift",
    "Hummingbird": "hummingbird", "HummingbirdCore": "hummingbird", "HummingbirdTLS": "hummingbird",
    "HummingbirdTesting": "hummingbird", "Logging": "swift-log", "Metrics": "swift-metrics",
    "NIOCore": "swift-nio", "NIOPosix": "swift-nio", "NIOHTTP1": "swift-nio",
    "NIOWebSocket": "swift-nio", "NIOConcurrencyHelpers": "swift-nio",
    "NIOFoundationCompat": "swift-nio", "NIOEmbedded": "swift-nio",
    "NIOTLS": "swift-nio", "NIOSSL": "swift-nio-ssl", "HTTPTypes": "swift-http-types",
    "ServiceLifecycle": "swift-service-lifecycle",
    "UnixSignals": "swift-service-lifecycle", "Yams": "Yams",
]

let packages: [String: Package.Dependency] = [
    "swift-argument-parser": .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    "async-http-client": .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    "swift-crypto": .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    "GRDB.swift": .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    "hummingbird": .package(
        url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    "swift-http-types": .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    "swift-log": .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    "swift-metrics": .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    "swift-nio": .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    "swift-nio-ssl": .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    "swift-service-lifecycle": .package(
        url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    "Yams": .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
]

let modules: [Module] = [
    // C: module maps, shims and the one record layout that two machines share.
    Module(name: "CTelemetry", kind: .c),
    Module(name: "CZeroMQ", kind: .system),
    Module(name: "CPostgres", kind: .system),
    Module(name: "CZlib", kind: .system),
    Module(name: "CCLP", kind: .system),

    // Pure: no I/O, no clock, no async, no system randomness.
    Module(name: "Domain", kind: .library),
    Module(name: "Fleet", kind: .library, uses: ["CTelemetry", "Domain"]),
    Module(name: "GridCodes", kind: .library, uses: ["Domain"]),
    Module(name: "Planning", kind: .library, uses: ["Domain", "Fleet", "GridCodes"]),
    Module(name: "Control", kind: .library, uses: ["CTelemetry", "Domain", "Fleet", "GridCodes"]),
    Module(name: "Ledger", kind: .library, uses: ["Domain", "GridCodes"]),
    Module(
        name: "Engine", kind: .library,
        uses: ["Domain", "Fleet", "GridCodes", "Planning", "Control", "Ledger"]),
    Module(name: "OCPP", kind: .library),
    Module(name: "OpenADR", kind: .library),
    Module(name: "FleetLink", kind: .library, uses: ["CTelemetry", "Domain"]),
    Module(
        name: "Twin", kind: .library,
        uses: [
            "CTelemetry", "Domain", "Fleet", "GridCodes", "Planning", "Control", "Ledger", "Engine", "FleetLink",
        ]),

    // Rim: sockets, files, databases, pages.
    Module(
        name: "Runtime", kind: .library, uses: ["Domain", "GridCodes"],
        products: [
            "Logging", "Metrics", "Yams", "NIOCore", "NIOPosix", "NIOHTTP1", "ServiceLifecycle",
        ]),
    Module(name: "Solver", kind: .library, uses: ["CCLP", "Planning"]),
    Module(
        name: "ZeroMQ", kind: .library, uses: ["CZeroMQ"], products: ["Logging", "Metrics"]),
    Module(
        name: "Storage", kind: .library, uses: ["CPostgres", "Domain", "Runtime"],
        products: ["GRDB", "Crypto", "CryptoExtras", "Logging", "Metrics", "ServiceLifecycle"]),
    Module(
        name: "Worker", kind: .library,
        uses: [
            "CTelemetry", "CZlib", "Domain", "Control", "Fleet", "GridCodes", "OCPP", "FleetLink", "ZeroMQ", "Storage",
            "Runtime",
        ],
        products: [
            "Crypto", "Logging", "Metrics", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket",
            "NIOSSL", "NIOConcurrencyHelpers", "ServiceLifecycle",
        ]),
    Module(
        name: "Stations", kind: .library, uses: ["Domain", "OCPP", "Twin", "Runtime"],
        products: [
            "Logging", "Metrics", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOSSL",
            "NIOConcurrencyHelpers", "ServiceLifecycle",
        ]),
    Module(
        name: "Aggregator", kind: .library,
        uses: [
            "CTelemetry", "Domain", "Engine", "Fleet", "GridCodes", "Planning", "Control", "Ledger",
            "FleetLink", "OpenADR", "ZeroMQ", "Storage", "Runtime",
        ],
        products: [
            "AsyncHTTPClient", "Crypto", "Hummingbird", "HTTPTypes", "Logging", "Metrics",
            "NIOCore", "NIOFoundationCompat", "NIOHTTP1", "ServiceLifecycle",
        ]),
    Module(
        name: "Portal", kind: .library, uses: ["Domain", "GridCodes", "Ledger", "Engine", "Storage", "Runtime"],
        products: [
            "Crypto", "CryptoExtras", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "HTTPTypes", "Logging",
            "Metrics", "NIOCore", "NIOSSL", "ServiceLifecycle",
        ]),

    // Executables.
    Module(
        name: "headroom", kind: .executable,
        uses: [
            "CTelemetry", "Domain", "Fleet", "GridCodes", "Planning", "Control", "Ledger", "Engine", "OCPP",
            "OpenADR", "FleetLink", "Twin", "Runtime", "ZeroMQ", "Storage", "Worker", "Stations",
            "Aggregator", "Portal", "Solver",
        ],
        products: ["ArgumentParser", "Logging", "Metrics", "ServiceLifecycle", "UnixSignals"]),
    Module(
        name: "bench", kind: .executable,
        uses: [
            "CTelemetry", "CZeroMQ", "Domain", "Fleet", "GridCodes", "Planning", "Control", "Engine", "FleetLink",
            "Ledger", "OCPP",
            "Twin",
            "Worker", "ZeroMQ", "CZlib", "Aggregator", "Storage",
        ],
        products: ["Logging", "NIOCore", "NIOPosix", "NIOSSL", "NIOTLS"]),
    Module(name: "evaluate", kind: .executable, uses: ["Domain", "Planning", "Solver"]),

    // Tests.
    Module(name: "TestSupport", kind: .library, uses: ["Domain"]),
    Module(name: "TidyTests", kind: .test, uses: ["TestSupport"]),
    Module(name: "DomainTests", kind: .test, uses: ["Domain", "TestSupport"]),
    Module(name: "FleetTests", kind: .test, uses: ["CTelemetry", "Domain", "Fleet", "TestSupport"]),
    Module(
        name: "GridCodesTests", kind: .test, uses: ["Domain", "GridCodes", "TestSupport"], products: ["Yams"]),
    Module(
        name: "PlanningTests", kind: .test,
        uses: ["Domain", "Fleet", "GridCodes", "Planning", "TestSupport"]),
    Module(name: "SolverTests", kind: .test, uses: ["Domain", "Planning", "Solver", "TestSupport"]),
    Module(
        name: "ControlTests", kind: .test,
        uses: ["CTelemetry", "Domain", "Fleet", "GridCodes", "Control", "TestSupport"]),
    Module(name: "LedgerTests", kind: .test, uses: ["Domain", "GridCodes", "Ledger", "TestSupport"]),
    Module(
        name: "EngineTests", kind: .test,
        uses: [
            "CTelemetry", "Domain", "Fleet", "GridCodes", "Planning", "Control", "Ledger", "Engine",
            "TestSupport",
        ]),
    Module(name: "OCPPTests", kind: .test, uses: ["OCPP", "TestSupport"]),
    Module(name: "OpenADRTests", kind: .test, uses: ["OpenADR", "TestSupport"]),
    Module(
        name: "FleetLinkTests", kind: .test,
        uses: ["CTelemetry", "Domain", "FleetLink", "TestSupport"]),
    Module(
        name: "TwinTests", kind: .test,
        uses: ["Domain", "GridCodes", "Planning", "Control", "Engine", "Twin", "TestSupport"]),
    Module(
        name: "RuntimeTests", kind: .test, uses: ["Domain", "GridCodes", "Runtime", "TestSupport"],
        products: ["Metrics"]),
    Module(
        name: "ZeroMQTests", kind: .test, uses: ["ZeroMQ", "FleetLink", "Domain", "TestSupport"]),
    Module(
        name: "StorageTests", kind: .test, uses: ["Domain", "Storage", "TestSupport"], products: ["GRDB", "Logging"]),
    Module(
        name: "WorkerTests", kind: .test,
        uses: [
            "Aggregator", "CTelemetry", "Domain", "Control", "Engine", "Fleet", "FleetLink", "GridCodes", "OCPP",
            "Stations", "Twin",
            "Worker",
            "Storage", "Runtime", "ZeroMQ", "TestSupport",
        ],
        products: [
            "Logging", "NIOCore", "NIOEmbedded", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOSSL", "ServiceLifecycle",
        ]),
    Module(
        name: "StationsTests", kind: .test,
        uses: ["Domain", "OCPP", "Twin", "Stations", "TestSupport"],
        products: ["Logging", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket", "NIOSSL"]),
    Module(
        name: "AggregatorTests", kind: .test,
        uses: [
            "CTelemetry", "Domain", "Engine", "FleetLink", "GridCodes", "OpenADR", "Storage", "Runtime", "ZeroMQ",
            "Aggregator", "TestSupport",
        ],
        products: [
            "AsyncHTTPClient", "Hummingbird", "HummingbirdTesting", "Logging", "NIOCore", "HTTPTypes",
            "ServiceLifecycle",
        ]),
    Module(
        name: "PortalTests", kind: .test,
        uses: ["Domain", "Engine", "GridCodes", "Ledger", "Storage", "Runtime", "Portal", "TestSupport"],
        products: [
            "Hummingbird", "HummingbirdTesting", "HTTPTypes", "Logging", "NIOCore", "NIOSSL", "ServiceLifecycle",
        ]),
    Module(
        name: "IntegrationTests", kind: .test,
        uses: ["Domain", "GridCodes", "Ledger", "Stations", "Storage", "Twin", "TestSupport"], products: ["Logging"]),
    Module(
        name: "MutationTests", kind: .test,
        uses: [
            "Aggregator", "Domain", "FleetLink", "GridCodes", "OCPP", "OpenADR", "Runtime", "Stations", "Storage",
            "Twin",
            "Worker", "TestSupport",
        ]),
    Module(
        name: "FaultTests", kind: .test,
        uses: [
            "Control", "Domain", "FleetLink", "GridCodes", "Stations", "Storage", "Twin", "ZeroMQ", "TestSupport",
        ],
        products: ["Logging", "NIOCore", "NIOPosix"]),
]

/// The targets that `HEADROOM_ONLY` names with all they need; all of them when it is not set.
func selected() -> [Module] {
    guard let only = Context.environment["HEADROOM_ONLY"], !only.isEmpty else { return modules }
    var wanted = Set<String>()
    var open = only.split(separator: ",").map(String.init)
    while let name = open.popLast() {
        guard wanted.insert(name).inserted, let module = modules.first(where: { $0.name == name })
        else { continue }
        open += module.uses
    }
    return modules.filter { wanted.contains($0.name) }
}

func target(_ module: Module) -> Target {
    let dependencies: [Target.Dependency] =
        module.uses.map { .target(name: $0) }
        + module.products.map { .product(name: $0, package: products[$0] ?? "unknown, list it under products") }
    switch module.kind {
    case .c:
        return .target(name: module.name, exclude: ["README.md"])
    case .system:
        return .systemLibrary(name: module.name)
    case .library where module.name == "TestSupport":
        return .target(
            name: module.name, dependencies: dependencies, path: "Tests/TestSupport",
            swiftSettings: settings)
    case .library:
        return .target(
            name: module.name, dependencies: dependencies, exclude: ["README.md"],
            swiftSettings: settings)
    case .executable:
        return .executableTarget(
            name: module.name, dependencies: dependencies,
            path: module.name == "evaluate" ? "Tests/Evaluate" : nil,
            exclude: ["README.md"] + (module.name == "evaluate" ? ["twins.py"] : []),
            swiftSettings: settings)
    case .test:
        return .testTarget(name: module.name, dependencies: dependencies, swiftSettings: settings)
    }
}

let chosen = selected()
let needed = Set(chosen.flatMap(\.products).compactMap { products[$0] })

let package = Package(
    name: "headroom",
    dependencies: packages.filter { needed.contains($0.key) }.sorted { $0.key < $1.key }.map(\.value),
    targets: chosen.map(target)
)
