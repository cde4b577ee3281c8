import Catalogs
import Foundation
import Glibc
import JSONValues
import TestSupport
import Testing

/// Work that is divided among shards and brought back comes to the same as work that was never divided.
struct ShardTests {
    private static let generate = ["generate", "--model", "starter:diffusion", "--steps", "3", "--per", "2"]
    private static let score = [
        "score", "--model", "starter:clip", "--measure", "clip-similarity", "--from",
        "SELECT image_id FROM generated",
    ]

    /// Makes and measures images, in the catalog or in a shard of it.
    private static func work(_ shop: Workshop, in shard: String? = nil, _ words: String...) throws {
        for stage in [generate + words, score] {
            let command = try shop.figment(stage + ["--catalog", shard ?? shop.catalog])
            try #require(command.status == 0, "\(stage) wrote \(command.errors)")
        }
    }

    private static func shards(of shop: Workshop, _ count: Int) -> [String] {
        (1...count).map { shop.folder.path("shards/trial-0\($0).sqlite") }
    }

    /// A catalog whose three shards hold all images and scores, while it has none itself.
    private static let divided: Result<Workshop, any Error> = Result {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        atexit { try? ShardTests.divided.get().folder.remove() }
        try shop.succeed("split", "3", "--into", shop.folder.path("shards"))
        for shard in shards(of: shop, 3) { try work(shop, in: shard) }
        return shop
    }

    private static let undivided: Result<Workshop, any Error> = Result {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        atexit { try? ShardTests.undivided.get().folder.remove() }
        try work(shop)
        return shop
    }

    /// All that does not depend on who made it, and the digest of a snapshot of it.
    private func results(_ shop: Workshop) throws -> [[[SQLValue]]] {
        try shop.succeed("variant", "define", "all", "SELECT image_id FROM generated")
        try shop.succeed("variant", "freeze", "all")
        return try [
            "SELECT uid, file_sha256, pixel_sha256 FROM image ORDER BY uid",
            "SELECT uid, seed FROM generation ORDER BY uid", "SELECT uid, value FROM score ORDER BY uid",
            "SELECT uid, payload_sha256 FROM conditioning ORDER BY uid", "SELECT uid FROM model ORDER BY uid",
            "SELECT uid FROM sampling UNION SELECT uid FROM measurement", "SELECT uid, digest FROM snapshot",
        ].map { try shop.rows($0) }
    }

    @Test(arguments: [[1, 2, 3, 1], [3, 1, 2, 3]], [false, true])
    func comesToTheSameInAnyOrder(order: [Int], copying: Bool) throws {
        let divided = try Self.divided.get()
        let shop = try Workshop(copying: divided)
        let copy = copying ? ["--copy"] : []
        for number in order {
            let shard = Self.shards(of: divided, 3)[number - 1]
            let command = try shop.figment(["merge", shard] + copy)
            #expect(command.status == 0, "\(command.errors)")
        }
        let counts = try shop.counts()
        let again = try shop.figment(["merge"] + Self.shards(of: divided, 3) + copy)
        #expect(
            again.output.split(separator: "\n").map { $0.hasSuffix(": nothing new") } == [true, true, true])
        #expect(try shop.counts() == counts)
        #expect(try shop.figment(Self.generate).output.contains("nothing to do"))
        #expect(try results(shop) == results(Self.undivided.get()))
        #expect(try shop.rows("SELECT count(*) FROM refusal") == [[0]])
        let links = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path("trial.packs"))
            .filter { name in
                (try? FileManager.default.destinationOfSymbolicLink(
                    atPath: shop.folder.path("trial.packs/\(name)")))
                    != nil
            }
        #expect(links.count == (copying ? 0 : 3))
        #expect(try shop.damage() == "")
    }

    @Test func everyShardStandsAlone() throws {
        let divided = try Self.divided.get()
        var items: [[SQLValue]] = []
        for (shard, count) in zip(Self.shards(of: divided, 3), [4, 3, 3]) {
            let check = try divided.figment("check", "--catalog", shard)
            #expect(check.output.hasSuffix("nothing is damaged or missing\n"), "\(check.output)")
            let catalog = try Catalog.open(at: shard, mode: .readOnly)
            let own = try catalog.rows("SELECT uid FROM conditioning WHERE kind = 'text'") { $0.values }
            #expect(own.count == count)
            items += own
            #expect(try catalog.integer("SELECT count(*) FROM concept") == 10)
            #expect(try catalog.integer("SELECT count(*) FROM image") == 2 * count)
        }
        #expect(
            Set(items) == Set(try divided.rows("SELECT uid FROM conditioning WHERE kind = 'text'")))
        #expect(items.count == 10)
    }

    @Test func dividesInTheSameWayAgain() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        func division(_ folder: String) throws -> [[[SQLValue]]] {
            try (1...4).map { number in
                let path = shop.folder.path("\(folder)/trial-0\(number).sqlite")
                return try Catalog.open(at: path, mode: .readOnly).rows(
                    "SELECT uid FROM conditioning ORDER BY uid"
                ) { $0.values }
            }
        }
        // What a split that was killed leaves behind is in nobody's way.
        try shop.folder.write("one/.trial-02.partial/trial-02.sqlite", "half")
        for folder in ["one", "other"] { try shop.succeed("split", "4", "--into", shop.folder.path(folder)) }
        #expect(try division("one") == division("other"))
        let again = try shop.succeed("split", "4", "--into", shop.folder.path("one"))
        #expect(again.split(separator: "\n").allSatisfy { $0.hasSuffix("there already") })
        let refused = try shop.figment("split", "2", "--into", shop.folder.path("one"))
        #expect(refused.status == 65)
        #expect(refused.errors.contains("was not made by this request"))
        #expect(try shop.damage() == "")
    }

    /// The log of the catalog that is divided, or brought in, is not the business of whoever reads it.
    @Test func aLogThatNobodyBroughtInIsNoObstacle() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        try shop.succeed("split", "1", "--into", "shards")
        let shard = shop.folder.path("shards/trial-01.sqlite")
        try Self.work(shop, in: shard)
        // As a worker holds it, and as one leaves it that was killed.
        let workers = try [shop.catalog, shard].map { path in
            let catalog = try Catalog.open(at: path)
            try catalog.execute("INSERT INTO claim (work, item, owner, deadline) VALUES ('x', '1', 'y', 1)")
            return catalog
        }
        try withExtendedLifetime(workers) {
            let log = try FileManager.default.attributesOfItem(atPath: "\(shop.catalog)-wal")[.size] as? Int
            #expect(log ?? 0 > 0)
            try shop.succeed("split", "2", "--for", "generate", "--per", "3", "--into", "more")
            try shop.succeed("merge", "shards/trial-01.sqlite")
        }
        #expect(try shop.damage() == "")
    }

    /// Images are made number by number, so a run that stops early has begun every conditioning and finished none.
    @Test func dividesWhatIsBegunAndNotDone() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        let generate = ["generate", "--model", "starter:diffusion", "--steps", "1", "--per", "3"]
        try #require(try shop.figment(generate + ["--limit", "13"]).status == 0)
        func sizes(_ words: String...) throws -> [Int?] {
            let report = try JSONValue(
                parsing: try shop.figment(["split", "2", "--json"] + words).output, source: "")
            return (report.object?["shards"]?.array ?? []).map { $0.object?["items"]?.integer }
        }
        #expect(try sizes("--into", "three") == [5, 5], "as many as were asked for")
        #expect(try sizes("--into", "one", "--per", "1") == [0, 0])
        #expect(try sizes("--into", "two", "--per", "2") == [4, 3])
        for number in 1...2 {
            let shard = shop.folder.path("three/trial-0\(number).sqlite")
            let made = try shop.figment(generate + ["--catalog", shard])
            #expect(made.status == 0, "\(made.errors)")
            try shop.succeed("merge", shard)
        }
        #expect(try shop.figment(generate).output.contains("nothing to do"))
        #expect(try shop.imageDigests().count == 30)
        #expect(try sizes("--into", "none") == [0, 0])
        #expect(try sizes("--into", "four", "--per", "4") == [5, 5])
        #expect(try shop.figment("split", "2", "--for", "embed", "--per", "2").status == 64)
        #expect(try shop.damage() == "")
    }

    @Test func dividesCaptionsAndImagesToo() throws {
        let shop = try Workshop(copying: try Self.undivided.get())
        let scored = try JSONValue(
            parsing: try shop.succeed("split", "2", "--for", "score", "--into", "rest", "--json"), source: "")
        let sizes = scored.object?["shards"]?.array?.map { $0.object?["items"]?.integer }
        #expect(sizes == [20, 20], "the real images have no score")
        try shop.succeed(
            "split", "2", "--for", "score", "--from", "SELECT image_id FROM generated LIMIT 3", "--into",
            "made")
        let made = try Catalog.open(at: shop.folder.path("made/trial-01.sqlite"), mode: .readOnly)
        #expect(try made.integer("SELECT count(*) FROM score") == 2, "what is measured is not measured again")
        let wrong = try shop.figment("split", "2", "--for", "embed", "--from", "SELECT 999", "--into", "none")
        #expect(wrong.status == 65)
        #expect(wrong.errors.contains("there is no caption 999"))

        try shop.succeed("caption", "--vocabulary", "wardrobe", "--templates", "wardrobe", "--limit", "5")
        let counts = try shop.counts()
        try shop.succeed("split", "2", "--for", "embed", "--into", "captions")
        for number in 1...2 {
            let shard = shop.folder.path("captions/trial-0\(number).sqlite")
            try shop.succeed("embed", "--model", "starter:diffusion", "--catalog", shard)
            try shop.succeed("merge", shard)
        }
        #expect(try shop.counts()["conditioning"] == (counts["conditioning"] ?? 0) + 5)
        #expect(try shop.figment("embed", "--model", "starter:diffusion").output.contains("nothing to do"))
        #expect(try shop.damage() == "")
    }

    @Test func takesWhatIsDoneWhileTheShardIsWorkedOn() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        try shop.succeed("split", "1", "--into", "shards")
        let shard = Self.shards(of: shop, 1)[0]
        let worker = try Command.start(
            "figment", Self.generate + ["--batch", "1", "--catalog", shard], in: shop.folder.url)
        var merges = 0
        while worker.isRunning {
            let command = try shop.figment("merge", shard)
            #expect(command.status == 0, "\(command.errors)")
            merges += 1
        }
        #expect(worker.terminationStatus == 0)
        try shop.succeed("merge", shard)
        #expect(merges > 1)
        #expect(try shop.imageDigests() == Self.undivided.get().imageDigests())
        let events =
            "SELECT kind, appended FROM run_event JOIN run ON run.id = run_id WHERE program = 'figment-generate'"
        #expect(
            try shop.rows(events).count
                == Catalog.open(at: shard, mode: .readOnly).rows(events) { $0.values }.count)
        #expect(try shop.damage() == "")
    }

    @Test func survivesBeingKilled() throws {
        let divided = try Self.divided.get()
        let shop = try Workshop(copying: divided)
        var killed = 0
        var random = SplitMix(state: 20_261_121)
        for attempt in 1...60 where killed < 12 {
            let worker = try Command.start(
                "figment",
                ["merge"] + Self.shards(of: divided, 3) + (attempt % 2 == 0 ? ["--copy"] : [])
                    + ["--catalog", shop.catalog], in: shop.folder.url)
            // Each attempt may get a little further than the one before.
            usleep(UInt32(random.next() % UInt64(attempt * 8_000)))
            kill(worker.processIdentifier, SIGKILL)
            worker.waitUntilExit()
            if worker.terminationReason == .uncaughtSignal { killed += 1 }
            #expect(try shop.damage() == "", "attempt \(attempt)")
        }
        #expect(killed >= 5)
        #expect(try shop.figment(["merge"] + Self.shards(of: divided, 3)).status == 0)
        #expect(try results(shop) == results(Self.undivided.get()))
        #expect(try shop.damage() == "")
    }

    @Test func twoMergesAtOnceBringEverythingOnce() throws {
        let divided = try Self.divided.get()
        let shop = try Workshop(copying: divided)
        let workers = try [Self.shards(of: divided, 3), Self.shards(of: divided, 3).reversed()].map {
            shards in
            try Command.start(
                "figment", ["merge"] + shards + ["--catalog", shop.catalog], in: shop.folder.url)
        }
        for worker in workers {
            worker.waitUntilExit()
            #expect(worker.terminationStatus == 0)
        }
        #expect(try results(shop) == results(Self.undivided.get()))
        #expect(try shop.damage() == "")
    }

    @Test func oneBadShardKeepsNoneBack() throws {
        let divided = try Self.divided.get()
        let shop = try Workshop(copying: divided)
        let noise = try shop.folder.write("noise.sqlite", "this is no database, whatever its name says")
        let shards = Self.shards(of: divided, 3)
        let command = try shop.figment("merge", noise, shards[0], shop.folder.path("none.sqlite"), shards[1])
        #expect(command.status == 66)
        #expect(command.errors.contains("\(noise) is not an SQLite database"))
        #expect(command.errors.contains("there is no shard"))
        #expect(try shop.imageDigests().count == 14)
        let last = try shop.figment("merge", "--json", shards[2])
        let report = try JSONValue(parsing: last.output, source: "").object?["shards"]?.array?.first?.object
        #expect(report?["appended"]?.object?["image"] == .integer(6))
        #expect(report?["refused"] == .array([]))
        #expect(try shop.damage() == "")
    }
}
