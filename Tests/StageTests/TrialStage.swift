import Arguments
import Catalogs
import Diagnostics
import Digests
import StageKit
import TestSupport

@testable import StageKit

/// The least that a stage can be: for each vocabulary it keeps a payload and an image that names it.
struct TrialStage: Stage {
    struct Name: StageItem {
        let id: Int
        let text: String
    }

    struct Picture: StageOutput {
        let name: Name
        var payloads: [[UInt8]] { [Array(name.text.utf8)] }
    }

    static let syntax = CommandSyntax("figment-trial", "tries", [])
    static let unit = "pictures"
    static let defaultBatch = 4

    /// What happens while a batch is being worked on.
    @TaskLocal static var meanwhile: @Sendable () throws -> Void = {}

    init(_ arguments: ParsedArguments, _ session: Session) {}

    func pass(_ number: Int) -> Pass<Name> {
        Pass(
            work: "trial", over: "vocabulary.id", of: "vocabulary", columns: "vocabulary.id, vocabulary.name",
            where: "NOT EXISTS (SELECT 1 FROM image WHERE source = vocabulary.name)", choice: "vocabulary.id",
            [:]
        ) { row in Name(id: row.integer(0), text: row.text(1)) }
    }

    func process(_ inputs: [Name]) throws(Failure) -> [Picture] {
        do { try Self.meanwhile() } catch { throw Failure(.bug, "\(error)") }
        return inputs.map { Picture(name: $0) }
    }

    func append(
        _ output: Picture, payloads: [StoredPayload], run: Run, to catalog: Catalog
    ) throws(Failure) {
        let digest = SQLValue.text(payloads[0].digest.hex)
        try catalog.append(
            "image", UID(of: "image", [("file_sha256", .string(payloads[0].digest.hex))]),
            [
                "origin": "real", "source": .text(output.name.text), "format": "png", "width": 1, "height": 1,
                "byte_count": .integer(payloads[0].byteCount), "file_sha256": digest, "pixel_sha256": digest,
                "pack_id": .integer(payloads[0].packID), "run_id": .integer(run.id),
            ])
    }
}

/// A catalog with vocabularies, for `TrialStage` to work on.
struct Trial {
    let folder: TemporaryFolder
    let catalog: Catalog
    private let run: Run

    init(_ count: Int) throws {
        folder = try TemporaryFolder()
        try Catalog.create(at: folder.path("trial.sqlite"), version: "test")
        catalog = try Catalog.open(at: folder.path("trial.sqlite"))
        run = try Run.begin(
            in: catalog, program: "figment-test", version: "test", options: [:], seed: nil, threads: 1)
        try add(1...count)
    }

    /// Appends vocabularies; in an empty catalog each has its number as id.
    func add(_ numbers: ClosedRange<Int>) throws(Failure) {
        for number in numbers {
            try catalog.append(
                "vocabulary", UID(of: "vocabulary", [("name", .string("\(number)"))]),
                ["name": .text("\(number)"), "run_id": .integer(run.id)])
        }
    }

    /// Runs the stage as its program does.
    @discardableResult
    func work(_ words: String...) throws -> ExitStatus {
        let line = ["--catalog", folder.path("trial.sqlite")] + words
        guard case .run(let arguments) = try StageCommand<TrialStage>.syntax.parse(line) else {
            throw Failure(.bug, "no arguments")
        }
        return try StageCommand<TrialStage>.run(arguments)
    }

    /// The vocabularies that are done.
    func done() throws -> [Int] {
        try catalog.rows("SELECT CAST(source AS INTEGER) FROM image ORDER BY 1") { $0.integer(0) }
    }

    func frontiers() throws -> [Int] {
        try catalog.rows("SELECT item_id FROM frontier WHERE work = 'trial' ORDER BY item_id") {
            $0.integer(0)
        }
    }
}
