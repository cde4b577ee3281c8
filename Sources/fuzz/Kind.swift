import Diagnostics

/// A way into Figment, and inputs for it that are wrong in every way.
protocol Kind {
    /// Tries one input.
    ///
    /// - Throws: why it was refused; a failure of the kind `bug` is a fault.
    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure)
}

/// Where kinds take what they change.
struct Material {
    /// The files of Tests/Fixtures.
    let fixtures: String
    /// A catalog with all that can be in one, its exports and a shard, as tools/fuzz makes them.
    let made: String
    /// The folder of the programs.
    let programs: String
}

/// A kind by its name.
struct KindOfCase: Sendable {
    let name: String
    /// How many of a million cases are of it.
    let share: Int
    private let make: @Sendable (Material) throws -> any Kind

    init(_ name: String, _ share: Int, _ make: @escaping @Sendable (Material) throws -> any Kind) {
        self.name = name
        self.share = share
        self.make = make
    }

    /// Reads what the kind needs.
    func ready(_ material: Material) throws(Failure) -> any Kind {
        do {
            return try make(material)
        } catch {
            throw error as? Failure ?? Failure(.bug, "\(error)")
        }
    }

    static let all = [
        KindOfCase("png", 150_000) { try PictureKind($0, "png") },
        KindOfCase("jpeg", 100_000) { try PictureKind($0, "jpg") },
        KindOfCase("idx", 60_000) { _ in IDXKind() },
        KindOfCase("json", 150_000) { try JSONKind($0) },
        KindOfCase("texts", 80_000) { _ in try TextKind() },
        KindOfCase("safetensors", 120_000) { try ModelKind($0, of: .safetensors) },
        KindOfCase("tokenizer", 60_000) { try ModelKind($0, of: .tokenizer) },
        KindOfCase("clip", 30_000) { try ModelKind($0, of: .clip) },
        KindOfCase("diffusion", 25_000) { try ModelKind($0, of: .diffusion) },
        KindOfCase("language", 20_000) { try ModelKind($0, of: .language) },
        KindOfCase("vision", 20_000) { try ModelKind($0, of: .vision) },
        KindOfCase("export", 50_000) { try ExportKind($0) },
        KindOfCase("query", 40_000) { try QueryKind($0) },
        KindOfCase("catalog", 20_000) { try CatalogKind($0, by: .pages) },
        KindOfCase("cells", 12_000) { try CatalogKind($0, by: .cells) },
        KindOfCase("schema", 12_000) { try CatalogKind($0, by: .schema) },
        KindOfCase("pack", 12_000) { try PackKind($0) },
        KindOfCase("merge", 6_000) { try MergeKind($0) },
        KindOfCase("classes", 8_000) { try ProgramKind($0, of: .classes) },
        KindOfCase("templates", 5_000) { try ProgramKind($0, of: .templates) },
        KindOfCase("rule", 5_000) { try ProgramKind($0, of: .rule) },
        KindOfCase("images", 4_000) { try ProgramKind($0, of: .images) },
        KindOfCase("pair", 3_000) { try ProgramKind($0, of: .pair) },
        KindOfCase("model", 3_000) { try ProgramKind($0, of: .model) },
        KindOfCase("words", 5_000) { try ProgramKind($0, of: .words) },
        KindOfCase("damaged", 4_000) { try ProgramKind($0, of: .damaged) },
        KindOfCase("kill", 200) { try KillKind($0) },
    ]
}

extension Failure {
    /// A promise that was not kept.
    static func broken(_ promise: String) -> Failure { Failure(.bug, promise) }
}
