import Catalogs
import Diagnostics
import Digests
import JSONValues

/// Programs that are killed in the midst of their work: done again, it ends as if nothing had been.
final class KillKind: Kind {
    private static let stages = [
        "import wardrobe --limit 30", "caption --strategy name", "embed --model starter:diffusion",
        "generate --model starter:diffusion --steps 3 --per 4",
        "score --model starter:clip --measure clip-similarity",
        "filter --rule-named clip-similarity", "merge shards/c-01.sqlite",
        "export all out --format imagefolder",
        "split 3 --for generate --per 5 --into parts",
    ].map { $0.split(separator: " ").map(String.init) }

    private let copy: CatalogCopy
    private let shards: FileTree
    private let programs: String
    /// How long each stage takes undisturbed, and what it makes.
    private var undisturbed: [[String]: (seconds: Double, rows: Digest)] = [:]

    init(_ material: Material) throws(Failure) {
        copy = try CatalogCopy(material)
        shards = try FileTree("\(material.made)/shards")
        programs = material.programs
    }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        let stage = dice.pick(Self.stages)
        if undisturbed[stage] == nil {
            try layOut(in: scratch)
            let ending = try finish(stage, in: scratch)
            undisturbed[stage] = (ending.seconds, try Self.rows(of: "\(scratch.path)/\(CatalogCopy.file)"))
        }
        guard let whole = undisturbed[stage] else { return }
        try layOut(in: scratch)
        for _ in 0..<dice.few(upTo: 3) {
            let moment = whole.seconds * Double(dice.below(1_000)) / 1_000
            _ = try run(stage, in: scratch, killAfter: moment)
            let path = "\(scratch.path)/\(CatalogCopy.file)"
            if let damage = try Catalog.check(at: path).first(where: { $0.severity == .damage }) {
                throw .broken("\(stage.joined(separator: " ")), killed, leaves damage: \(damage.message)")
            }
        }
        _ = try finish(stage, in: scratch)
        guard try Self.rows(of: "\(scratch.path)/\(CatalogCopy.file)") == whole.rows else {
            throw .broken("\(stage.joined(separator: " ")), killed and done again, makes other rows")
        }
    }

    private func layOut(in scratch: Scratch) throws(Failure) {
        for folder in ["catalog", "shards", "out", "parts"] { scratch.remove(folder) }
        try copy.layOut(in: scratch)
        try shards.write(to: "shards", in: scratch)
    }

    private func run(
        _ stage: [String], in scratch: Scratch, killAfter: Double? = nil
    ) throws(Failure) -> Subprocess.Ending {
        var process = Subprocess(
            program: "\(programs)/figment", words: stage + ["--catalog", CatalogCopy.file])
        process.killAfter = killAfter
        return try process.run()
    }

    private func finish(_ stage: [String], in scratch: Scratch) throws(Failure) -> Subprocess.Ending {
        let ending = try run(stage, in: scratch)
        guard ending.status == 0 else {
            throw .broken("\(stage.joined(separator: " ")) ends with \(ending.status): \(ending.output)")
        }
        return ending
    }

    /// All rows but those of who did the work, who is at it, and where bytes lie; without ids.
    private static func rows(of path: String) throws(Failure) -> Digest {
        let bookkeeping: Set = ["run", "run_event", "pack", "pack_seal", "claim", "frontier", "migration"]
        let catalog = try Catalog.open(at: path, mode: .readOnly)
        var hash = SHA256()
        let tables = try catalog.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
            $0.text(0)
        }
        for table in tables where !bookkeeping.contains(table) {
            let columns = try catalog.rows("SELECT name FROM pragma_table_info(?)", [.text(table)]) {
                $0.text(0)
            }
            .filter { $0 != "id" && !$0.hasSuffix("_id") }
            guard !columns.isEmpty else { continue }
            let list = columns.joined(separator: ", ")
            hash.update(table.utf8)
            try catalog.forEachRow("SELECT \(list) FROM \(table) ORDER BY \(list)") { row in
                hash.update(JSONValue.array(row.values.map(\.json)).text.utf8)
            }
        }
        return hash.finalize()
    }
}
