import Catalogs
import Foundation
import Glibc
import ImageCodecs
import TestSupport
import Testing

/// A step of the work on a catalog that holds all earlier steps, done over and over from the same beginning.
final class Trial {
    /// What is done, as `figment`'s words.
    let words: [String]
    let shop: Workshop
    /// The rows after the step when nobody disturbs it.
    let undisturbed: [String: Footprint]
    /// How often the disk was seen to change meanwhile.
    private let changes: Int
    private let start: Workshop

    convenience init(_ step: Step) throws {
        try self.init(step.words, after: try #require(try Step.starts.get()[step.name]))
    }

    init(_ words: [String], after start: Workshop) throws {
        self.start = start
        shop = try Workshop()
        self.words = words + ["--catalog", shop.catalog]
        let watcher = DiskWatcher(shop)
        try Self.reset(shop, to: start)
        let process = try Command.start("figment", self.words, in: shop.folder.url)
        changes = watcher.wait(for: .max, process)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(words) fails undisturbed")
        undisturbed = try shop.footprints()
    }

    /// Takes everything back to what it was before the step.
    func reset() throws { try Self.reset(shop, to: start) }

    private static func reset(_ shop: Workshop, to start: Workshop) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: shop.folder.url.path) {
            try FileManager.default.removeItem(atPath: shop.folder.path(name))
        }
        try start.copy(to: shop)
    }

    /// Starts the step and sends it a signal at a random moment; false where it ended before.
    func disturb(by signal: Int32, _ random: inout SplitMix) throws -> Bool {
        let moment = 1 + Int(random.next() % UInt64(max(1, changes)))
        let delay = UInt32(random.next() % 3_000)
        let watcher = DiskWatcher(shop)
        let process = try Command.start("figment", words, in: shop.folder.url)
        watcher.wait(for: moment, process)
        usleep(delay)
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationReason == .uncaughtSignal || process.terminationStatus == 130
    }

    /// Does the step to its end; the rows are then those of an undisturbed run.
    func finish(_ story: String) throws {
        let last = try shop.figment(words)
        #expect(last.status == 0, "\(story): \(last.errors)")
        try expectUndisturbed(shop, story)
        #expect(try shop.rows("SELECT count(*) FROM claim") == [[0]], "\(story)")
        #expect(try shop.damage() == "", "\(story)")
    }
}

extension Trial {
    /// Holds a workshop against an undisturbed run.
    func expectUndisturbed(_ shop: Workshop, _ story: String) throws {
        let found = try shop.footprints()
        #expect(found.keys.sorted() == undisturbed.keys.sorted(), "\(story)")
        for (name, footprint) in undisturbed {
            #expect(found[name]?.differences(from: footprint) == [], "\(story), \(name)")
        }
    }
}

extension Workshop {
    /// The footprints of the catalog and of its shards, by file name.
    func footprints() throws -> [String: Footprint] {
        let shards = (try? FileManager.default.contentsOfDirectory(atPath: folder.path("shards"))) ?? []
        let names = ["trial.sqlite"] + shards.filter { $0.hasSuffix(".sqlite") }.map { "shards/\($0)" }
        return try names.reduce(into: [:]) { footprints, name in
            footprints[name] = try Footprint(of: Catalog.open(at: folder.path(name), mode: .readOnly))
        }
    }
}

/// What is done to a catalog, in this order, each step tiny.
struct Step: Sendable, CustomTestStringConvertible {
    let name: String
    let words: [String]

    var testDescription: String { name }

    /// Whether it computes for so long that a signal is sure to come in its midst; others may be done before.
    var takesTime: Bool { ["embed", "generate", "rederive", "score"].contains(name) }

    init(_ name: String, _ line: String, sql: String? = nil) {
        self.name = name
        words = line.split(separator: " ").map(String.init) + [sql].compactMap { $0 }
    }

    static let all = [
        Step("import", "import wardrobe --limit 20"),
        Step("import images", "import images photographs --split own"),
        Step("caption", "caption --strategy name --batch 2"),
        Step("embed", "embed --model starter:diffusion --batch 2"),
        Step("split", "split 2 --into shards"),
        Step("merge", "merge --copy shards/trial-01.sqlite shards/trial-02.sqlite"),
        Step("generate", "generate --model starter:diffusion --steps 1 --per 2 --batch 2"),
        Step("rederive", "audit image --rederive --from", sql: "SELECT image_id FROM generated"),
        Step("score", "score --model starter:clip --measure clip-similarity --batch 2"),
        Step("filter", "filter --rule-named clip-similarity --batch 2"),
        Step("freeze", "variant freeze all"),
        Step("export", "export all tars --shard-items 3"),
    ]

    /// The catalogs that steps begin with, by the step's name.
    static let starts: Result<[String: Workshop], any Error> = Result {
        atexit { for shop in (try? Step.starts.get())?.values ?? [:].values { shop.folder.remove() } }
        let shop = try Workshop()
        try shop.succeed("init")
        try shop.succeed("variant", "define", "all", "SELECT image_id FROM generated")
        try takePhotographs(in: shop)
        var starts: [String: Workshop] = [:]
        for step in all {
            starts[step.name] = try Workshop(copying: shop)
            let command = try shop.figment(step.words)
            try #require(command.status == 0, "\(step.name): \(command.errors)")
            if step.name == "split" { try workInShards(of: shop) }
        }
        return starts
    }
}

extension Step {
    /// Puts pictures of one colour each into folders of two classes.
    private static func takePhotographs(in shop: Workshop) throws {
        for number in 0..<40 {
            let colour = [UInt8(number), UInt8(number * 5), 200]
            let picture = RGBImage(width: 8, height: 8, pixels: Array((0..<64).map { _ in colour }.joined()))
            try shop.folder.write(
                "photographs/\(number.isMultiple(of: 2) ? "coat" : "bag")/\(number).png",
                PNGCodec.encode(picture))
        }
    }

    private static func workInShards(of shop: Workshop) throws {
        for shard in ["shards/trial-01.sqlite", "shards/trial-02.sqlite"] {
            try shop.succeed(
                "generate", "--model", "starter:diffusion", "--steps", "1", "--per", "1", "--catalog",
                shop.folder.path(shard))
        }
    }
}

/// Steele, Lea and Flood (2014): the same numbers in every run of the test.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
