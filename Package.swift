// swift-tools-version: 6.2
import PackageDescription

// Two columns of modules that meet only in the programs: the records column knows no tensor, the engine column
// knows no catalog. Tests/HouseRuleTests checks every import in Sources against the dependencies declared here.

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
/// Numeric code is optimised in debug builds too: unoptimised loops are fifty times slower and tests run in debug.
let fast: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// Rounding in the standard library calls libm, which nothing else links where Foundation is not used.
func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict,
    resources: [Resource]? = nil, plugins: [Target.PluginUsage]? = nil
) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: settings,
        linkerSettings: [.linkedLibrary("m")], plugins: plugins)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = strict) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

let systemLibraries: [Target] = [
    .systemLibrary(name: "CSQLite3", providers: [.apt(["libsqlite3-dev"])]),
    // The same package's other header, for what a host loads: it links nothing.
    .systemLibrary(name: "CSQLiteExtension", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    // No library: loops for vector instructions that Swift has no spelling for, in a header.
    .systemLibrary(name: "CVectors"),
    // Nor this: the instructions for SHA-256.
    .systemLibrary(name: "CSHA256"),
]

let leaves: [Target] = [
    module("Texts", settings: fast),
    module("Diagnostics", ["Texts"]),
    module("Files", ["Diagnostics", "Texts"]),
    module("JSONValues", ["Diagnostics", "Texts", "Files"], settings: fast),
    module("Digests", ["CSHA256", "Diagnostics", "Files", "JSONValues"], settings: fast),
    module("SQLValues"),
]

let recordsColumn: [Target] = [
    module("Arguments", ["Diagnostics", "JSONValues"]),
    module("SQLite", ["CSQLite3", "Diagnostics", "Files", "SQLValues", "Texts"], settings: fast),
    module("SQLFunctions", ["Diagnostics", "Digests", "SQLValues"], settings: fast),
    .plugin(
        name: "EmbedMigrationsPlugin", capability: .buildTool(), dependencies: ["embed-migrations"],
        path: "Sources/EmbedMigrationsPlugin"),
    .executableTarget(name: "embed-migrations", swiftSettings: strict),
    module("CatalogSchema", ["Digests"], plugins: ["EmbedMigrationsPlugin"]),
    module(
        "Catalogs",
        [
            "CatalogSchema", "CSQLite3", "Diagnostics", "Digests", "Texts", "Files", "JSONValues",
            "SQLFunctions", "SQLite", "SQLValues",
        ],
        settings: fast),
    module(
        "StageKit",
        ["Arguments", "Catalogs", "Diagnostics", "Digests", "Texts", "Files", "JSONValues", "SQLite"]),
    module("ExportFormats", ["Diagnostics", "Digests", "Files", "JSONValues"], settings: fast),
]

let engineColumn: [Target] = [
    module("Kernels", ["CVectors", "Diagnostics"], settings: fast),
    module("Tensors", ["Diagnostics", "Kernels"], settings: fast),
    module("Layers", ["Diagnostics", "Kernels", "Tensors"], settings: fast),
    module("Operations", ["Kernels", "Tensors"], settings: fast),
    module("Randomness", ["Diagnostics"], settings: fast),
    module(
        "Checkpoints", ["Diagnostics", "Digests", "Files", "JSONValues", "Kernels", "Tensors"],
        settings: fast),
    module("Tokenizers", ["Diagnostics", "Files", "JSONValues", "Texts"], settings: fast),
    module(
        "ImageCodecs", ["CPNG", "CTurboJPEG", "CZlib", "Diagnostics", "Digests", "Files"], settings: fast),
    module(
        "CLIPModels",
        ["Checkpoints", "Diagnostics", "ImageCodecs", "JSONValues", "Kernels", "Layers", "Tensors"],
        settings: fast),
    module(
        "DiffusionModels",
        ["Checkpoints", "Diagnostics", "JSONValues", "Kernels", "Layers", "Randomness", "Tensors"],
        settings: fast),
    module(
        "Training", ["Checkpoints", "Diagnostics", "Kernels", "Randomness", "Tensors"], settings: fast),
    module(
        "LanguageModels",
        ["Checkpoints", "Diagnostics", "JSONValues", "Kernels", "Layers", "Tensors"], settings: fast),
    module(
        "VisionModels",
        ["Checkpoints", "Diagnostics", "JSONValues", "Kernels", "Layers", "Randomness", "Tensors"],
        settings: fast),
    module("Wardrobe", ["Diagnostics"], settings: fast),
    module("StarterModels", ["Diagnostics", "Files"], resources: [.copy("Models")]),
]

/// Figment's SQL functions for programs that are not Figment's; whoever loads it needs no Swift.
let sqliteExtension: Target = .target(
    name: "SQLiteExtension", dependencies: ["CSQLiteExtension", "Diagnostics", "SQLFunctions", "SQLValues"],
    swiftSettings: fast, linkerSettings: [.linkedLibrary("m"), .unsafeFlags(["-static-stdlib"])])

/// What every program that works on a catalog needs.
let stageKit: [Target.Dependency] = [
    "Arguments", "Catalogs", "Diagnostics", "Digests", "Texts", "Files", "JSONValues", "StageKit",
]

let programs: [Target] = [
    program("figment", ["Arguments", "Diagnostics", "Texts", "Files", "StageKit"]),
    program("figment-catalog", stageKit + ["ImageCodecs", "Kernels"]),
    program("figment-import", stageKit + ["ImageCodecs", "Wardrobe"]),
    program("figment-caption", stageKit),
    program(
        "figment-embed",
        stageKit + ["CLIPModels", "Checkpoints", "Kernels", "StarterModels", "Tensors", "Tokenizers"]),
    program(
        "figment-generate",
        stageKit + [
            "Checkpoints", "DiffusionModels", "ImageCodecs", "Kernels", "Randomness", "StarterModels",
            "Tensors",
        ]),
    program(
        "figment-score",
        stageKit + ["CLIPModels", "Checkpoints", "ImageCodecs", "Kernels", "StarterModels", "Tokenizers"]),
    program("figment-filter", stageKit),
    program("figment-query", stageKit),
    program("figment-variant", stageKit + ["SQLite"]),
    program("figment-export", stageKit + ["ExportFormats"]),
    program(
        "figment-audit",
        stageKit + [
            "Checkpoints", "DiffusionModels", "ExportFormats", "ImageCodecs", "Kernels", "Randomness",
            "StarterModels",
        ]),
    program("figment-report", stageKit + ["ImageCodecs"]),
]

/// Programs that tools use; they are not installed.
let workbench: [Target] = [
    program("bench-append", stageKit),
    program("bench-catalog", stageKit + ["Checkpoints", "ImageCodecs", "StarterModels"]),
    program(
        "bench-engine",
        [
            "Arguments", "CLIPModels", "Checkpoints", "DiffusionModels", "Diagnostics", "JSONValues",
            "Kernels",
            "LanguageModels", "Layers", "Randomness", "StageKit", "Tensors",
        ]),
    program(
        "bench-fashion",
        ["Arguments", "Diagnostics", "ImageCodecs", "Kernels", "Randomness", "StageKit", "Tensors"]
            + ["Training", "VisionModels"]),
    program(
        "bench-operations", ["Arguments", "Diagnostics", "Kernels", "Operations", "StageKit", "Tensors"]),
    program(
        "bench-training",
        ["Arguments", "Checkpoints", "DiffusionModels", "Diagnostics", "JSONValues", "Kernels", "StageKit"]
            + ["Tensors", "Training", "VisionModels"]),
]

/// Gives parsers and programs what is wrong in every way; not installed either.
let fuzz: Target = program(
    "fuzz",
    stageKit + [
        "CLIPModels", "CZlib", "Checkpoints", "DiffusionModels", "ExportFormats", "ImageCodecs",
        "LanguageModels", "SQLite",
        "Tensors", "Tokenizers", "VisionModels",
    ])

let testTargets: [Target] = [
    tests("StarterModelsTests", ["Diagnostics", "StarterModels"]),
    tests("WardrobeTests", ["Diagnostics", "Wardrobe"]),
    tests("HouseRuleTests", []),
    tests("SQLiteTests", ["CSQLite3", "Diagnostics", "SQLite"]),
    tests(
        "CatalogsTests",
        ["CatalogSchema", "Catalogs", "Diagnostics", "Digests", "Files", "JSONValues", "SQLite"],
        settings: fast),
    tests("SchemaTests", ["CatalogSchema", "Catalogs", "Diagnostics", "Digests", "JSONValues", "SQLite"]),
    .target(
        name: "TestSupport", dependencies: ["Diagnostics"], path: "Tests/TestSupport", swiftSettings: fast),
    tests("KernelsTests", ["CVectors", "Diagnostics", "Kernels"], settings: fast),
    tests("TensorsTests", ["Diagnostics", "Kernels", "Operations", "Tensors"], settings: fast),
    tests("LayersTests", ["Diagnostics", "Kernels", "Layers", "Tensors"], settings: fast),
    tests(
        "CLIPModelsTests",
        ["Checkpoints", "CLIPModels", "Diagnostics", "ImageCodecs", "JSONValues", "Kernels", "Tensors"],
        settings: fast),
    tests(
        "TrainingTests",
        [
            "Checkpoints", "CLIPModels", "DiffusionModels", "Diagnostics", "JSONValues", "Kernels",
            "Randomness", "Tensors", "Training", "VisionModels",
        ], settings: fast),
    tests(
        "LanguageModelsTests",
        ["Checkpoints", "Diagnostics", "JSONValues", "Kernels", "LanguageModels", "Tensors"], settings: fast),
    tests(
        "VisionModelsTests",
        ["Checkpoints", "Diagnostics", "JSONValues", "Kernels", "Tensors", "VisionModels"], settings: fast),
    tests("ArgumentsTests", ["Arguments", "Diagnostics", "JSONValues"]),
    tests("CheckpointsTests", ["Checkpoints", "Diagnostics", "Digests"]),
    tests("ImageCodecsTests", ["Diagnostics", "Digests", "ImageCodecs"]),
    tests("RandomnessTests", ["Randomness"]),
    tests("ExportFormatsTests", ["Diagnostics", "Digests", "ExportFormats", "Files", "JSONValues"]),
    tests("TokenizersTests", ["Diagnostics", "JSONValues", "Tokenizers"], settings: fast),
    tests("JSONValuesTests", ["Diagnostics", "JSONValues"]),
    tests("DiagnosticsTests", ["Diagnostics"]),
    tests("TextsTests", ["Texts"]),
    tests("FilesTests", ["Diagnostics", "Files"]),
    tests("DigestsTests", ["Diagnostics", "Digests", "JSONValues"]),
    // The programs are named so that they are built before they are run.
    tests(
        "CommandTests",
        stageKit + [
            "CatalogSchema", "ImageCodecs", "SQLite", "figment", "figment-audit", "figment-caption",
            "figment-catalog", "figment-embed", "figment-export", "figment-filter", "figment-generate",
            "figment-import", "figment-query", "figment-report", "figment-score", "figment-variant",
        ]),
    tests(
        "StageTests",
        stageKit + [
            "DiffusionModels", "ImageCodecs", "figment", "figment-audit", "figment-caption",
            "figment-catalog", "figment-embed",
            "figment-export", "figment-filter", "figment-generate", "figment-import", "figment-query",
            "figment-report", "figment-score", "figment-variant",
        ]),
    tests(
        "DiffusionModelsTests",
        ["Checkpoints", "DiffusionModels", "Diagnostics", "JSONValues", "Kernels", "Randomness", "Tensors"]),
]

let package = Package(
    name: "figment",
    products: programs.map { .executable(name: $0.name, targets: [$0.name]) } + [
        .library(name: "figment_sqlite", type: .dynamic, targets: [sqliteExtension.name])
    ],
    targets: systemLibraries + leaves + recordsColumn + [sqliteExtension] + engineColumn + programs
        + workbench + [fuzz] + testTargets)
