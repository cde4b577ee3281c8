import Diagnostics
import Digests
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

/// Rows of a shard that say what is not so: whatever a check would call damage here is not taken in the first place.
struct ShardProofTests {
    let own: Workspace
    let shard: Workspace
    var pack: String { shard.folder.path("animals.packs/0001.sqlite") }

    init() throws {
        (own, shard) = (try Workspace(), try Workspace())
        try shard.image(of: Array("a picture".utf8))
        try shard.snapshot()
        try shard.generated([1, 2, 3])
    }

    private func merge(reading reader: Catalog.ImageReader? = nil) throws -> MergeReport {
        try own.catalog.merge(shard: shard.path, copying: false, readingImages: reader) { own.run }
    }

    private func damage(reading reader: Catalog.ImageReader? = nil) throws -> [String] {
        try Catalog.check(at: own.path, readingImages: reader).filter { $0.severity == .damage }.map(
            \.message)
    }

    /// What was refused, as "table: reason", and that nothing else is the matter, now or when it is merged again.
    private func refused() throws -> [String] {
        let report = try merge()
        #expect(try damage() == [])
        let runs = try own.catalog.integer("SELECT count(*) FROM run_event")
        #expect(try merge().refusals == report.refusals)
        #expect(try own.catalog.integer("SELECT count(*) FROM run_event") == runs)
        return report.refusals.map { "\($0.table): \($0.reason)" }
    }

    @Test func takesWhatIsSound() throws {
        #expect(try refused() == [])
        #expect(try own.catalog.integer("SELECT count(*) FROM image") == 2)
    }

    /// What a row or its parts are made to say, and what a merge says to that.
    static let lies = [
        ("image", "byte_count = 8 WHERE id = 1", "image: byte_count is 8, and of its file it is 9"),
        (
            "conditioning", "tokens = 1 << 40, width = 1 << 40",
            "conditioning: it says 1099511627776 × 1099511627776 numbers of 4 bytes, and its payload has 4 bytes"
        ),
        (
            "conditioning", "tokens = 2",
            "conditioning: it says 2 × 1 numbers of 4 bytes, and its payload has 4 bytes"
        ),
        ("generation", "seed = 1", "generation: its seed does not follow from its request"),
        ("snapshot", "item_count = 2", "snapshot: it says 2 items, and 1 are there"),
        ("snapshot_item", "split = 'test'", "snapshot: its items are not those of its digest"),
        ("export", "item_count = 2", "export: its shards do not add up to its snapshot"),
        ("export_shard", "item_count = 2", "export: its shards do not add up to its snapshot"),
        ("run_event", "sequence = 7 WHERE sequence = 1", "run: its events are not all there, in order"),
        ("run_event", "kind = 'finished' WHERE sequence = 1", "run: its events are not all there, in order"),
    ]

    @Test(arguments: lies) func refusesWhatIsNotSo(table: String, change: String, reason: String) throws {
        try shard.change(table, "UPDATE \(table) SET \(change)")
        let refused = try refused()
        #expect(refused.contains(reason), "\(refused)")
        #expect(refused.allSatisfy { $0 == reason || $0.contains(#/hangs on|refused|do not add up/#) })
    }

    /// What rows break of the schema: it is put there past SQLite's rules.
    static let breaches = [
        ("image", "width = -1", "image: it breaks the constraint image_width"),
        ("image", "attributes = '{'", "image: it breaks the constraint image_attributes"),
        ("image", "width = 'wide'", "image: its width is no integer"),
        ("image", "byte_count = NULL", "image: its byte_count is no integer"),
        ("image", "uid = x'00' WHERE id = 1", "image: its uid is no text"),
        ("run", "threads = 0", "run: it breaks the constraint run_threads"),
        (
            "run_event", "kind = 'lunch'",
            "run: a row of its run_event: it breaks the constraint run_event_kind"
        ),
        (
            "snapshot_item", "soft_target = '('",
            "snapshot: a row of its snapshot_item: it breaks the constraint snapshot_item_soft_target"
        ),
        ("sampling", "guidance = x'00'", "sampling: its guidance is no real"),
    ]

    @Test(arguments: breaches) func refusesWhatBreaksTheSchema(
        table: String, change: String, reason: String
    ) throws {
        try loosening(table) { try shard.change(table, "UPDATE \(table) SET \(change)") }
        let refused = try refused()
        #expect(refused.contains(reason), "\(refused)")
    }

    /// One bad row keeps none of the others back.
    @Test func refusesRowByRow() throws {
        try shard.change("image", "UPDATE image SET width = -1 WHERE id = 1")
        let beginnings = [
            "export: it hangs on ", "image: it breaks the constraint image_width", "snapshot: it hangs on ",
        ]
        let refused = try refused()
        #expect(refused.count == 3)
        #expect(zip(refused, beginnings).allSatisfy { $0.hasPrefix($1) }, "\(refused)")
        #expect(try own.catalog.integer("SELECT count(*) FROM image") == 1)
    }

    /// Takes a table's types and its NOT NULLs away for as long as `body` runs.
    private func loosening(_ table: String, _ body: () throws -> Void) throws {
        let sql = try shard.catalog.rows("SELECT sql FROM sqlite_schema WHERE name = ?", [.text(table)]) {
            $0.text(0)
        }[0]
        func put(_ sql: String) throws {
            let quoted = sql.replacing("'", with: "''")
            try shard.tamper(
                shard.path,
                """
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = '\(quoted)' WHERE name = '\(table)';
                PRAGMA writable_schema = RESET
                """)
        }
        try put(sql.replacing(" STRICT", with: "").replacing(#/(TEXT|INTEGER|REAL) NOT NULL/#) { "\($0.1)" })
        try body()
        try put(sql)
    }

    @Test func findsEveryCheckOfTheSchema() throws {
        let tables = try own.catalog.rows(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL"
        ) { ($0.text(0), $0.text(1)) }
        for (table, sql) in tables {
            let checks = TableRules.checks(in: sql)
            #expect(checks.count == sql.matches(of: /CHECK/).count, "\(table)")
            for check in checks {
                try own.catalog.forEachRow("SELECT \(check.condition) FROM \(table)") { _ in }
            }
        }
    }

    @Test func comparesImagesWithTheirFiles() throws {
        let pixels = try #require(Digest(hex: String(repeating: "0", count: 64)))
        let reader: Catalog.ImageReader = { bytes, _ throws(Failure) in
            guard bytes.count == 3 else { throw Failure(.badInput, "it is neither PNG nor JPEG") }
            return ImageFacts(format: "jpeg", width: 32, height: 31, pixels: pixels)
        }
        let report = try merge(reading: reader)
        #expect(
            report.refusals.filter { $0.table == "image" }.map(\.reason).sorted() == [
                "format is png, and of its file it is jpeg; height is 32, and of its file it is 31",
                "its file is no picture: it is neither PNG nor JPEG",
            ])
        #expect(try own.catalog.integer("SELECT count(*) FROM image") == 0)
        #expect(try damage(reading: reader) == [])
    }

    /// A generation without its image would keep the image from ever being made here.
    @Test func refusesAGenerationWithItsImage() throws {
        let digest = SHA256.digest(of: [1, 2, 3]).hex
        let whole = try Data(contentsOf: URL(filePath: pack))
        try shard.tamper(pack, "DELETE FROM payload WHERE sha256 = '\(digest)'")
        #expect(
            try refused() == [
                "generation: its image is refused, or missing from the shard",
                "image: its payload \(digest) is missing or altered in the shard's pack 0001.sqlite",
            ])
        #expect(try own.catalog.integer("SELECT count(*) FROM generation") == 0)
        #expect(try own.catalog.integer("SELECT count(*) FROM conditioning") == 1)
        try whole.write(to: URL(filePath: pack))
        #expect(try merge().refusals == [])
        #expect(
            try own.catalog.integer(
                "SELECT count(*) FROM generation JOIN image ON generation_id = generation.id") == 1)
        #expect(try damage() == [])
    }

    @Test func refusesAGenerationThatNeverHadAnImage() throws {
        try shard.change("image", "DELETE FROM image WHERE id = 2")
        #expect(try refused() == ["generation: its image is refused, or missing from the shard"])
    }

    /// A seal says that nobody has changed the pack since, and not that it was sound when it was sealed.
    @Test func believesNoSeal() throws {
        let digest = SHA256.digest(of: [1, 2, 3]).hex
        let sealing = shard.catalog.payloadWriter(run: shard.run, sizeLimit: 1)
        try sealing.put([[7]])
        try sealing.close()
        try shard.tamper(pack, "UPDATE payload SET bytes = x'FF' WHERE sha256 = '\(digest)'")
        try shard.change("pack_seal", "UPDATE pack_seal SET sha256 = '\(try Digest(ofFile: pack).hex)'")
        #expect(try refused().map { $0.prefix(5) } == ["gener", "image"])
        #expect(try own.catalog.integer("SELECT count(*) FROM pack_seal") == 0)
    }

    @Test(arguments: ["payload_count = 9", "byte_count = 9"])
    func takesNoSealThatSaysWhatIsNotSo(change: String) throws {
        let sealing = shard.catalog.payloadWriter(run: shard.run, sizeLimit: 1)
        try sealing.put([[7]])
        try sealing.close()
        try shard.change("pack_seal", "UPDATE pack_seal SET \(change) WHERE pack_id = 1")
        #expect(try refused() == [])
        #expect(try own.catalog.integer("SELECT count(*) FROM image") == 2)
        #expect(try own.catalog.integer("SELECT count(*) FROM pack_seal") == 0)
    }

    /// What no row names is proved as well, before the whole file comes here.
    @Test func adoptsNoPackWithAnAlteredPayload() throws {
        try shard.tamper(pack, "INSERT INTO payload VALUES ('\(String(repeating: "a", count: 64))', x'00')")
        #expect(try refused() == [])
        #expect(try own.catalog.rows("SELECT file FROM pack") { $0.text(0) } == ["0001.sqlite"])
        #expect(try own.catalog.integer("SELECT count(*) FROM image") == 2)
    }

    /// An older copy of a shard has the same pack with less in it, whichever comes first.
    @Test(arguments: [false, true]) func bringsShardsThatShareAPackOneAfterTheOther(isOlderFirst: Bool) throws
    {
        try shard.catalog.checkpoint()
        let older = shard.folder.url.appending(path: "older")
        try FileManager.default.createDirectory(at: older, withIntermediateDirectories: true)
        for name in ["animals.sqlite", "animals.packs"] {
            try FileManager.default.copyItem(
                at: shard.folder.url.appending(path: name), to: older.appending(path: name))
        }
        try shard.image(of: Array("another picture".utf8))
        let missing = shard.folder.path("none.sqlite")
        let shards = [shard.path, older.appending(path: "animals.sqlite").path]
        let results = own.catalog.merge(
            shards: (isOlderFirst ? shards.reversed() : shards) + [missing, shard.path], copying: false
        ) { [run = own.run] in run }
        #expect(try damage() == [])
        #expect(
            try own.catalog.integer("SELECT count(*) FROM image")
                == shard.catalog.integer("SELECT count(*) FROM image"))
        #expect(try results[0].get().refusals == [] && results[1].get().refusals == [])
        #expect(throws: Failure.self) { try results[2].get() }
        #expect(try results[3].get().appended.isEmpty)
    }
}
