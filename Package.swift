// swift-tools-version: 6.2
import PackageDescription

// The house, floor by floor. A target depends on lower floors only; the build refuses an import that is not listed
// here (`--explicit-target-dependency-import-check error`, which tools/test passes).

let settings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    // Overlapping access to a class's properties is looked for while a program runs where the tests run, in debug
    // builds; in loops over rows the look costs a tenth of the time.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// The Kafka runtime library that tools/setup places beside the checkout is newer than the system's; it is found first.
let kafkaRuntime: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "\(Context.packageDirectory)/.deps/lib"])
]

func floor(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
    _ target: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource]? = nil
) -> Target {
    .testTarget(
        name: "\(target)Tests", dependencies: [.init(stringLiteral: target)] + dependencies, exclude: exclude,
        resources: resources, swiftSettings: settings, linkerSettings: kafkaRuntime)
}

/// How high the house is built: `MARTLET_FLOORS=3 swift test` leaves out what stands above floor 3, and with it the
/// minutes that its packages take to compile.
let height = Context.environment["MARTLET_FLOORS"].flatMap { Int($0) } ?? 7

/// What stands on a floor: its targets and their tests.
func on(_ floor: Int, _ targets: [Target]) -> [Target] {
    floor <= height ? targets : []
}

func systemLibrary(_ name: String, _ package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: nil, providers: [.apt([package])])
}

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "martlet",
    products: height < 7 ? [] : [.executable(name: "martlet", targets: ["martlet"])],
    dependencies: [
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: on(
        0,
        [
            systemLibrary("CRdKafka", "librdkafka-dev"),
            systemLibrary("CZstd", "libzstd-dev"),
            systemLibrary("CLZ4", "liblz4-dev"),
            systemLibrary("CPQ", "libpq-dev"),
            systemLibrary("CZlib", "zlib1g-dev"),
            systemLibrary("CCurl", "libcurl4-openssl-dev"),
            systemLibrary("CXXHash", "libxxhash-dev"),
            systemLibrary("CMalloc", "libc6-dev"),
            systemLibrary("CIntrinsics", "libc6-dev"),
            systemLibrary("COneDNN", "libdnnl-dev"),
            .target(
                name: "CSimdJSON", cxxSettings: [.unsafeFlags(["-O3"])], linkerSettings: [.linkedLibrary("simdjson")]),
            .target(name: "CRE2", cxxSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("re2")]),
            // The order of its sums is the compiler's to choose: without that no loop over floats becomes vectors.
            .target(name: "CEncoderKernels", cSettings: [.unsafeFlags(["-O3", "-ffast-math"])]),
            floor("Primitives", ["CXXHash", "CIntrinsics"]),
            tests("Primitives"),
        ])
        + on(
            1,
            [
                floor("Columnar", ["Primitives", "CRE2"]),
                floor("Compression", ["Primitives", "CZstd", "CZlib", "CLZ4"]),
                tests("Columnar", ["Primitives"]),
                tests("Compression", ["Primitives"]),
            ])
        + on(
            2,
            [
                floor("Dataflow", ["Columnar", "Compression", "Primitives"]),
                floor("TextAnalysis", ["Primitives", "COneDNN", "CEncoderKernels"]),
                floor("Detection", ["Primitives"]),
                // What the tests of several targets try them on.
                .target(
                    name: "TestParts", dependencies: ["Dataflow", "Columnar", "Primitives"], path: "Tests/TestParts",
                    swiftSettings: settings),
                tests("Dataflow", ["TestParts", "Columnar", "Primitives"]),
                tests("TextAnalysis", ["TestParts", "Primitives", yams], exclude: ["Golden"]),
                tests("Detection", ["Primitives"]),
            ])
        + on(
            3,
            [
                floor("Operators", ["Dataflow", "TextAnalysis", "Detection", "Compression", "Columnar", "Primitives"]),
                floor("Formats", ["Dataflow", "Columnar", "Primitives", "CSimdJSON"]),
                tests("Operators", ["TestParts", "Dataflow", "Columnar", "Primitives"]),
                tests("Formats", ["Dataflow", "Columnar", "Primitives"]),
            ])
        + on(
            4,
            [
                floor("KafkaConnector", ["Formats", "Dataflow", "Columnar", "Primitives", "CRdKafka"]),
                floor("PostgresConnector", ["Formats", "Dataflow", "Columnar", "Primitives", "CPQ"]),
                floor("WebhookConnector", ["Formats", "Dataflow", "Columnar", "Primitives", "CCurl", crypto]),
                floor("LocalConnectors", ["Formats", "Dataflow", "Columnar", "Compression", "Primitives"]),
                tests("KafkaConnector", ["Formats", "Dataflow", "Columnar", "Primitives"]),
                tests("PostgresConnector", ["Formats", "Dataflow", "Columnar", "Primitives"]),
                tests("WebhookConnector", ["Formats", "Dataflow", "Columnar", "Primitives"]),
                tests("LocalConnectors", ["Formats", "Dataflow", "Columnar", "Primitives"]),
                .executableTarget(
                    name: "Simulation", dependencies: ["Operators", "Dataflow", "Columnar", "Primitives"],
                    swiftSettings: settings),
                tests("Simulation"),
            ])
        + on(
            5,
            [
                floor("Pipelines", ["Operators", "Formats", "Dataflow", "Columnar", "Primitives", yams]),
                tests("Pipelines", ["Operators", "Formats", "Dataflow", "Columnar", "Primitives"]),
            ])
        + on(
            6,
            [
                floor(
                    "Service",
                    [
                        "Pipelines", "KafkaConnector", "PostgresConnector", "WebhookConnector", "LocalConnectors",
                        "Formats", "Operators", "Dataflow", "Columnar", "Primitives", hummingbird, hummingbirdCore,
                        nioCore, logging,
                    ]),
                tests("Service", ["Pipelines", "Formats", "Dataflow", "Columnar", "Primitives"]),
            ])
        + on(
            7,
            [
                .executableTarget(
                    name: "martlet",
                    dependencies: ["Service", "Pipelines", "Dataflow", "Primitives", "CMalloc", argumentParser],
                    swiftSettings: settings, linkerSettings: kafkaRuntime),
                .executableTarget(
                    name: "bench",
                    dependencies: [
                        "Service", "Pipelines", "Operators", "Formats", "Dataflow", "Compression", "Columnar",
                        "Primitives", argumentParser,
                    ],
                    swiftSettings: settings, linkerSettings: kafkaRuntime),
            ]),
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
