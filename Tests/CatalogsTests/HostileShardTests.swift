import Diagnostics
import Digests
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

/// Shards that contradict the catalog, have been tampered with, or are none.
struct HostileShardTests {
    let own: Workspace
    let shard: Workspace
    var pack: String { shard.folder.path("animals.packs/0001.sqlite") }

    init() throws { (own, shard) = (try Workspace(), try Workspace()) }

    @discardableResult
    private func merge(_ path: String? = nil) throws -> MergeReport {
        try own.catalog.merge(shard: path ?? shard.path, copying: false) { own.run }
    }

    private func damage() throws -> [String] {
        try Catalog.open(at: own.path, mode: .readOnly).check().filter { $0.severity == .damage }.map(
            \.message)
    }

    private func count(_ table: String) throws -> Int {
        try own.catalog.integer("SELECT count(*) FROM \(table)")
    }

    /// Changes rows of the shard and leaves no trace in its schema.
    private func alter(_ table: String, _ sql: String) throws {
        let triggers = try shard.catalog.rows(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", [.text(table)]
        ) { (name: $0.text(0), sql: $0.text(1)) }
        let removal = triggers.map { "DROP TRIGGER \($0.name);" }.joined()
        try shard.tamper(
            shard.path, "\(removal) \(sql); \(triggers.map { $0.sql + ";" }.joined())")
    }

    /// Appends an image that shows a caption.
    private func image(_ byte: UInt8, of caption: Int) throws {
        let writer = shard.catalog.payloadWriter(run: shard.run)
        let stored = try #require(try writer.put([[byte]]).first)
        try writer.close()
        let image = try shard.image(stored)
        try alter("image", "UPDATE image SET caption_id = \(caption) WHERE id = \(image)")
    }

    @Test func refusesARowWithOtherContentAndAllThatHangsOnIt() throws {
        try own.caption()
        try shard.caption()
        try shard.caption("another")
        try image(1, of: 1)
        try image(2, of: 2)
        try alter(
            "caption",
            "UPDATE caption SET completion = 'words', status = 'refused', reason = 'x' WHERE id = 1")
        let report = try merge()
        #expect(report.refusals.map(\.table) == ["caption", "image"])
        #expect(
            report.refusals[0].reason == "status is 'accepted' here and 'refused' in the shard; "
                + "reason is nothing here and 'x' in the shard; "
                + "completion is nothing here and 'words' in the shard")
        #expect(
            report.refusals[1].reason == "it hangs on caption \(report.refusals[0].uid), which is refused")
        #expect(try count("image") == 1)
        #expect(try count("caption") == 2)
        let recorded = try own.catalog.rows(
            "SELECT subject_kind, subject, reason FROM refusal WHERE stage = 'merge' ORDER BY subject_kind"
        ) { MergeReport.Refusal(table: $0.text(0), uid: $0.text(1), reason: $0.text(2)) }
        #expect(recorded == report.refusals)
        #expect(try merge().refusals == report.refusals)
        #expect(try count("refusal") == 2)
        #expect(try damage() == [])
    }

    @Test(arguments: [
        ("caption", "text = 'altered'", ["caption", "image"]),
        ("caption", "uid = '0123456789abcdef0123456789abcdef'", ["caption", "image"]),
        ("caption", "concept_id = 99", ["caption", "image"]),
        ("caption", "sampling = '[1'", ["caption", "image"]),
        ("caption", "background_id = 7", ["caption", "image"]),
        (
            "concept", "name = 'altered' WHERE id = 1",
            ["caption", "concept", "concept", "image", "vocabulary"]
        ),
        (
            "concept", "key = 'altered' WHERE id = 2",
            ["caption", "concept", "concept", "image", "vocabulary"]
        ),
        ("image", "caption_id = 5", ["image"]), ("image", "pack_id = 5", ["image"]),
        ("image", "split = 'test'", ["image"]),
        ("run", "threads = 99", ["caption", "concept", "concept", "image", "pack", "run", "vocabulary"]),
        ("pack", "made_as = '0007.sqlite'", ["image", "pack"]),
    ]) func refusesWhatWasAltered(table: String, assignment: String, refused: [String]) throws {
        try shard.caption()
        try image(1, of: 1)
        try alter(table, "PRAGMA ignore_check_constraints = ON; UPDATE \(table) SET \(assignment)")
        let report = try merge()
        #expect(report.refusals.map(\.table) == refused, "\(report.refusals)")
        #expect(try count("refusal") == refused.count)
        #expect(try damage() == [])
    }

    @Test func refusesAnotherMembersListUnderAKnownName() throws {
        try own.caption()
        try shard.caption()
        try alter("concept", "UPDATE concept SET weight = 9 WHERE key = 'dog'")
        let report = try merge()
        #expect(report.refusals.map(\.table) == ["concept", "vocabulary"])
        #expect(report.refusals[0].reason == "weight is 1.0 here and 9.0 in the shard")
        #expect(report.refusals[1].reason.hasPrefix("its uid does not follow from what it holds"))
    }

    @Test func refusesImagesWhosePayloadIsLost() throws {
        let digests = try (1...3).map { try shard.image(of: [UInt8($0)]).hex }
        let whole = try Data(contentsOf: URL(filePath: pack))
        try shard.tamper(
            pack,
            """
            UPDATE payload SET bytes = x'FF' WHERE sha256 = '\(digests[0])';
            DELETE FROM payload WHERE sha256 = '\(digests[1])'
            """)
        let report = try merge()
        #expect(
            Set(report.refusals.map(\.reason))
                == Set(
                    digests[..<2].map {
                        "its payload \($0) is missing or altered in the shard's pack 0001.sqlite"
                    }))
        #expect(try count("image") == 1)
        #expect(try damage() == [])
        try FileManager.default.removeItem(atPath: pack)
        #expect(try merge().refusals.map(\.table) == ["image", "image"])
        try whole.write(to: URL(filePath: pack))
        #expect(try merge().refusals == [])
        #expect(try count("image") == 3)
        #expect(try damage() == [])
    }

    @Test func doesNotAdoptASealedPackThatWasAltered() throws {
        let writer = shard.catalog.payloadWriter(run: shard.run, sizeLimit: 1)
        try shard.image(try #require(try writer.put([[1]]).first))
        try writer.close()
        try shard.tamper(pack, "INSERT INTO payload VALUES ('more', x'00')")
        #expect(try merge().refusals == [])
        #expect(try count("image") == 1)
        #expect(try count("pack_seal") == 0)
        #expect(try own.catalog.rows("SELECT file FROM pack") { $0.text(0) } == ["0001.sqlite"])
        #expect(try damage() == [])
    }

    @Test func refusesAPackThatIsSomethingElse() throws {
        try shard.image(of: [1])
        try FileManager.default.removeItem(atPath: pack)
        try shard.tamper(shard.path, "SELECT 1")
        try shard.folder.write("animals.packs/0001.sqlite", "no pack at all")
        #expect(try merge().refusals.map(\.table) == ["image"])
        #expect(try count("pack") == 0)
        #expect(try damage() == [])
    }

    @Test func looksForPacksInTheirFolderOnly() throws {
        try shard.image(of: [1])
        try alter("pack", "UPDATE pack SET made_as = '0001.sqlite', file = '../animals.sqlite'")
        #expect(failure { try merge() }?.summary.contains("'../animals.sqlite'") == true)
        #expect(try count("image") == 0)
    }

    @Test(arguments: [
        ("DROP TRIGGER image_refuses_delete", "trigger image_refuses_delete is missing or altered"),
        ("DROP INDEX image_by_pixels", "index image_by_pixels is missing or altered"),
        (
            "CREATE TRIGGER mine AFTER INSERT ON run BEGIN SELECT 1; END",
            "trigger mine is foreign: no migration made it"
        ),
        ("CREATE VIEW mine AS SELECT 1", "view mine is foreign"),
        (
            "DROP TABLE refusal; CREATE VIEW refusal AS SELECT 1 AS id",
            "table refusal is missing or altered"
        ),
        ("ALTER TABLE score ADD COLUMN mine TEXT", "table score is missing or altered"),
        ("PRAGMA application_id = 7", "is a database of another program"),
        ("PRAGMA user_version = 1", "is a catalog of version 1"),
        ("PRAGMA user_version = 99", "is a catalog of version 99"),
        (
            "DROP TRIGGER migration_refuses_update; UPDATE migration SET sha256 = replace(sha256, 'a', 'b')",
            "its migrations are not those of this figment"
        ),
    ]) func refusesACatalogThatIsNotOfItsKind(sql: String, reason: String) throws {
        try shard.tamper(shard.path, "PRAGMA foreign_keys = OFF; \(sql)")
        let refused = failure { try merge() }
        #expect(refused?.kind == .catalog)
        #expect(refused?.summary.contains(reason) == true, "\(String(describing: refused))")
        #expect(try count("run") == 1)
    }

    @Test func refusesWhatIsNoCatalog() throws {
        let noise = try shard.folder.write("noise.sqlite", String(repeating: "noise ", count: 1_000))
        #expect(failure { try merge(noise) }?.summary == "\(noise) is not an SQLite database")
        #expect(failure { try merge(shard.folder.path("none.sqlite")) }?.kind == .missingResource)
        #expect(failure { try merge(shard.folder.url.path) }?.kind == .catalog)
        #expect(failure { try merge(own.path) }?.summary.contains("is the catalog itself") == true)
    }

    /// A pack may lie beside a journal that would make SQLite delete any file of the user's on opening the pack.
    @Test func opensNoPackOrShardWhoseJournalNamesAnotherFile() throws {
        try shard.image(of: [1])
        let victim = try own.folder.write("victim.txt", "dear")
        for path in [pack, shard.path] {
            try SuperJournal.plant(beside: path, against: victim)
            for copying in [false, true] {
                let refused = failure {
                    _ = try own.catalog.merge(shard: shard.path, copying: copying) { own.run }
                }
                #expect(refused?.kind == .catalog)
                #expect(refused?.summary.contains("\(path)-journal names another file") == true)
            }
            let backup = failure {
                _ = try Catalog.backUp(shard.path, to: own.folder.path("backup.sqlite"))
            }
            #expect(backup?.summary.contains("names another file") == true)
            let check = Result { try Catalog.check(at: shard.path).map(\.message).joined() }
            #expect("\(check)".contains("names another file"), "\(check)")
            #expect(try String(contentsOfFile: victim, encoding: .utf8) == "dear")
            try FileManager.default.removeItem(atPath: path + "-journal")
        }
        #expect(try merge().refusals == [])
        #expect(try count("image") == 1)
    }
}
