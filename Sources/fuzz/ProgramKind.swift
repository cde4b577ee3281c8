import Catalogs
import Diagnostics
import JSONValues

/// Files and words that are handed to Figment's programs, and catalogs that somebody has been at.
///
/// Whatever it is, a program ends by itself with a status that is documented, and takes no more memory than its bound.
/// One that refuses leaves a sound catalog as it was, and one that takes what it is given leaves it sound.
struct ProgramKind: Kind {
    enum Family { case classes, templates, rule, images, pair, model, words, damaged }

    private let family: Family
    private let copy: CatalogCopy
    private let programs: String
    private let pictures: [(path: String, bytes: [UInt8])]
    private let models: [(name: String, tree: FileTree)]
    private let rows: [String: Int]

    init(_ material: Material, of family: Family) throws(Failure) {
        self.family = family
        programs = material.programs
        copy = try CatalogCopy(material)
        pictures = try FileTree("\(material.fixtures)/ImageCodecs").files.filter {
            !$0.path.hasSuffix(".json")
        }
        let starter = "\(material.programs)/figment_StarterModels.resources/Models"
        models =
            try family == .model
            ? [("clip", FileTree("\(starter)/clip")), ("diffusion", FileTree("\(starter)/diffusion"))] : []
        rows = try Self.counts("\(material.made)/\(CatalogCopy.file)")
    }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        if !scratch.isKept { scratch.remove("catalog") }
        try copy.layOut(in: scratch)
        let words = try layOut(&dice, in: scratch)
        for left in ["out", "parts", "out.sqlite", "out.packs"] { scratch.remove(left) }
        let ending = try Subprocess(
            program: "\(programs)/figment", words: words + ["--catalog", CatalogCopy.file]
        ).run()
        try Self.check(ending)
        if family != .damaged { try checkCatalog(scratch, isRefused: ending.status >= 64) }
        if ending.status != 0 { throw Failure(.badInput, ending.line) }
    }

    /// What sysexits.h and Figment's own documents say that a program may end with.
    private static let statuses: Set<Int32> = [0, 1, 64, 65, 66, 71, 74, 78, 130]

    static func check(_ ending: Subprocess.Ending) throws(Failure) {
        if ending.wasSilent { throw .broken("a program says nothing for 20 seconds") }
        guard ending.status >= 0 else {
            throw .broken("a program ends by signal \(-ending.status): \(ending.line)")
        }
        guard statuses.contains(ending.status) else {
            throw .broken("a program ends with the status \(ending.status): \(ending.line)")
        }
        guard ending.peak <= CasesCommand.memoryLimit else {
            throw .broken("a program takes \(ending.peak >> 20) MiB")
        }
        guard ending.status == 0 || !ending.output.isEmpty else {
            throw .broken("a program refuses without a word")
        }
    }

    private func checkCatalog(_ scratch: Scratch, isRefused: Bool) throws(Failure) {
        let path = "\(scratch.path)/\(CatalogCopy.file)"
        let damage = try Catalog.check(at: path, fast: true).first { $0.severity == .damage }
        if let damage { throw .broken("a program has damaged the catalog: \(damage.message)") }
        let isAsBefore = try Self.counts(path) == rows
        guard !isRefused || isAsBefore else {
            throw .broken("a program that refused has changed the catalog")
        }
    }

    private static func counts(_ path: String) throws(Failure) -> [String: Int] {
        let catalog = try Catalog.open(at: path, mode: .readOnly)
        var counts: [String: Int] = [:]
        let tables = try catalog.rows("SELECT name FROM sqlite_schema WHERE type = 'table'") { $0.text(0) }
        for table in tables {
            counts[table] = try catalog.integer("SELECT count(*) FROM \(table)")
        }
        return counts
    }

    /// Lays out what is wrong, and gives the words that hand it to a program.
    private func layOut(_ dice: inout Dice, in scratch: Scratch) throws(Failure) -> [String] {
        switch family {
        case .classes:
            try scratch.write("list.csv", Self.table(&dice))
            return ["import", "concepts", "list.csv"]
        case .templates:
            let lines = (0..<dice.below(20)).map { _ in "a \(Mutation.line(&dice)) {}\n" }.joined()
            try scratch.write(
                "list.txt", dice.once(in: 2) ? Array(lines.utf8) : Mutation.bytes(Array(lines.utf8), &dice))
            return ["import", "templates", "list.txt"]
        case .rule:
            let rule: JSONValue = [
                "name": "r", "measure": "clip-confidence", "keep": "above", "threshold": .real(0.1),
            ]
            let text = Array(Mutation.json(rule, &dice).text.utf8)
            try scratch.write("rule.json", dice.once(in: 2) ? text : Mutation.bytes(text, &dice))
            return ["filter", "--rule", "rule.json"]
        case .images: return try layOutImages(&dice, in: scratch)
        case .pair: return try layOutPair(&dice, in: scratch)
        case .model: return try layOutModel(&dice, in: scratch)
        case .words: return Self.words(&dice)
        case .damaged: return try damage(&dice, in: scratch)
        }
    }

    private static func table(_ dice: inout Dice) -> [UInt8] {
        func field(_ dice: inout Dice) -> String {
            let text = Mutation.line(&dice)
            return dice.once(in: 2) ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
        }
        let columns = dice.pick([
            ["name"], ["name", "key"], ["key", "name", "weight"], ["weight", "name"], ["nome"],
        ])
        var lines = [columns.joined(separator: ",")]
        for _ in 0..<dice.below(30) {
            lines.append(
                columns.map {
                    $0 == "weight"
                        ? dice.pick(["", "1", "-0", "1e308", "0", "2", "5e-324", "nan"]) : field(&dice)
                }
                .joined(separator: ","))
        }
        let text = Array(lines.joined(separator: dice.pick(["\n", "\r\n"])).utf8)
        return dice.once(in: 2) ? text : Mutation.bytes(text, &dice)
    }

    private func layOutImages(_ dice: inout Dice, in scratch: Scratch) throws(Failure) -> [String] {
        scratch.remove("pictures")
        for _ in 0..<dice.few(upTo: 6) {
            let picture = dice.pick(pictures)
            let bytes = dice.once(in: 3) ? picture.bytes : Mutation.bytes(picture.bytes, &dice)
            let name = Mutation.text(&dice).unicodeScalars.filter {
                $0.value >= 0x20 && $0 != "/" && $0 != "\u{7F}"
            }
            let file = String(String.UnicodeScalarView(name.prefix(40)))
            let folder = dice.once(in: 4) ? "coat/\(dice.below(3))" : dice.pick(["coat", "bag", "dress"])
            try scratch.write("pictures/\(folder)/x\(file)", bytes)
        }
        return ["import", "images", "pictures", "--split", dice.pick(["train", "a b", "\u{202E}", "TRAIN"])]
    }

    private func layOutPair(_ dice: inout Dice, in scratch: Scratch) throws(Failure) -> [String] {
        let count = 1 + dice.below(4)
        let (height, width) = (1 + dice.below(9), 1 + dice.below(9))
        func file(_ shape: [Int], _ bytes: [UInt8], _ dice: inout Dice) -> [UInt8] {
            var file = [0, 0, 8, UInt8(shape.count)] + shape.flatMap { [0, 0, 0, UInt8($0)] } + bytes
            if dice.once(in: 3) { file = Mutation.bytes(file, &dice) }
            return dice.once(in: 2) ? Repairs.gzip(file) : file
        }
        let levels = (0..<count * height * width).map { _ in UInt8(dice.below(256)) }
        try scratch.write("images.idx", file([count, height, width], levels, &dice))
        try scratch.write(
            "labels.idx",
            file([count], (0..<count).map { _ in UInt8(dice.once(in: 20) ? 10 : dice.below(10)) }, &dice))
        return ["import", "images", "images.idx", "--labels", "labels.idx"]
    }

    private func layOutModel(_ dice: inout Dice, in scratch: Scratch) throws(Failure) -> [String] {
        let (name, tree) = dice.pick(models)
        scratch.remove("model")
        try tree.write(to: "model", in: scratch)
        let file = dice.pick(tree.files.filter { !$0.path.hasSuffix(".md") })
        try scratch.write("model/\(file.path)", ModelKind.changed(file, tree, &dice))
        if name == "clip" {
            return ["score", "--model", "model", "--measure", "clip-similarity", "--limit", "2"]
        }
        let embed = ["embed", "--model", "model", "--limit", "2"]
        return dice.once(in: 2)
            ? embed : ["generate", "--model", "model", "--steps", "1", "--per", "3", "--limit", "1"]
    }

    /// Lines that are right until a word of them is changed; each has but little to do.
    private static let lines = [
        "import concepts x.csv --vocabulary x --root photos=/tmp",
        "import templates x.txt --templates x --record-host",
        "import images x --labels y --vocabulary wardrobe --split train --limit 1",
        "import wardrobe --seed 1 --scenes 1 --limit 1",
        "caption --strategy template --vocabulary wardrobe --templates wardrobe --limit 1 --batch 1 --json",
        "embed --model starter:diffusion --limit 1 --threads 2 --dry-run",
        "generate --model starter:diffusion --per 2 --guidance 2.5 --steps 1 --sampler ddim --eta 0 --size 32x32 --limit 1",
        "generate --model starter:diffusion --noise torch --precision bfloat16 --seed 3 --steps 1 --limit 1 --from SELECT",
        "score --model starter:clip --measure clip-confidence --templates wardrobe --limit 1",
        "filter --rule-named clip-confidence --threshold 0.1 --limit 1", "variant define x SELECT",
        "variant show all --limit 1",
        "variant what-if all --rule clip-confidence --threshold 0.5", "variant diff all all --limit 1",
        "variant freeze all",
        "export all out --format webdataset --shard-items 3 --shards 2 --seed 1",
        "query SELECT --format csv --row-limit 1",
        "audit image 1 --format prov --json",
        "audit image 9 --rederive --model starter:diffusion --tolerance 1",
        "audit snapshot all all --limit 1", "audit caption 1", "audit export webdataset --export 1",
        "report out --per-class 1",
        "status --engine --json", "check --fast --json", "merge x.sqlite --copy",
        "split 2 --for generate --per 3 --into parts",
        "backup out.sqlite --link", "migrate", "init",
    ]

    private static func words(_ dice: inout Dice) -> [String] {
        var words = dice.pick(lines).split(separator: " ").map {
            $0 == "SELECT" ? "SELECT id AS image_id FROM image" : String($0)
        }
        for _ in 0..<dice.few(upTo: 3) {
            let place = dice.below(words.count)
            switch dice.below(7) {
            case 0: words.remove(at: place)
            case 1:
                words.insert(
                    dice.pick(["--limit", "--json", "--help", "--", "-", "--=x", "--limit=", "--seed=1"]),
                    at: place)
            case 2: words.swapAt(place, dice.below(words.count))
            case 3: words[place] = Mutation.text(&dice).replacing("\u{0}", with: "0")
            default:
                let values = words.indices.filter { $0 > 0 && words[$0 - 1].hasPrefix("--") }
                guard !values.isEmpty else { continue }
                let number = dice.pick(
                    ["-0", "1e308", "nan", "0x1", "1x1", "0.5"] + Mutation.numbers.map { String($0) })
                words[dice.pick(values)] = number
            }
            if words.isEmpty { words = ["status"] }
        }
        return words
    }

    private static let questions = [
        "status", "status --json", "check", "check --fast", "audit image 9", "audit image 9 --json",
        "audit image 9 --format prov",
        "audit image 9 --rederive", "audit snapshot all", "audit snapshot all --json", "audit caption 1",
        "audit model 1",
        "audit run 1", "variant list", "variant show all", "variant freeze all", "report out",
        "backup out.sqlite",
        "split 2 --into parts", "export all out --format imagefolder", "filter --rule-named clip-confidence",
        "embed --model starter:diffusion --limit 2",
        "generate --model starter:diffusion --steps 1 --per 3 --limit 2",
        "score --model starter:clip --measure clip-similarity --limit 2", "caption --strategy name --limit 3",
        "migrate",
        "import wardrobe --limit 3",
    ]

    private func damage(_ dice: inout Dice, in scratch: Scratch) throws(Failure) -> [String] {
        let path = "\(scratch.path)/\(CatalogCopy.file)"
        switch dice.below(6) {
        case 0: try scratch.write(CatalogCopy.file, Tampering.pages(of: copy.catalog, &dice))
        case 1: _ = try Tampering.schema(of: path, &dice)
        case 2:
            let pack = "catalog/c.packs/0001.sqlite"
            try scratch.write(pack, Tampering.pages(of: scratch.bytes(pack), &dice))
        default: try Tampering.cell(of: path, &dice)
        }
        return dice.pick(Self.questions).split(separator: " ").map(String.init)
    }
}
