import Catalogs
import JSONValues
import SQLite
import StageKit
import TestSupport
import Testing

/// `figment check` on a catalog of every stage's rows.
struct CheckTests {
    /// The writers of all rows and the declaration of what uids are made of agree.
    @Test func findsNothingInWhatTheStagesWrote() throws {
        let shop = try Spine.finished.get()
        for text in [try shop.succeed("check", "--json"), try shop.succeed("check", "--json", "--fast")] {
            #expect(text == #"{"sound":true,"findings":[]}"# + "\n")
        }
        let kinds = try shop.rows(
            """
            SELECT count(DISTINCT kind), (SELECT count(DISTINCT origin) FROM image),
                (SELECT count(*) > 0 FROM export), (SELECT count(*) > 0 FROM decision) FROM conditioning
            """)
        #expect(kinds == [[2, 2, 1, 1]])
    }

    /// A byte of a picture's row, of a picture's file, and of the pack's file, each told by an exit status of 1.
    @Test func comparesPicturesWithTheirRows() throws {
        let shop = try Workshop(copying: Spine.finished.get())
        try Connection(shop.catalog, .readWrite).runScript(
            """
            PRAGMA foreign_keys = OFF;
            DROP TRIGGER image_refuses_update;
            UPDATE image SET width = 31 WHERE id = 3;
            UPDATE image SET format = 'jpeg' WHERE id = 4;
            UPDATE image SET pixel_sha256 = (SELECT pixel_sha256 FROM image WHERE id = 6) WHERE id = 5;
            """)
        let fast = try shop.figment(["check", "--fast"])
        #expect(fast.status == 1)
        #expect(fast.output.contains("damage: trigger image_refuses_update is missing or altered\n"))
        #expect(!fast.output.contains("table image"))
        let whole = try shop.figment(["check"])
        #expect(whole.status == 1)
        #expect(whole.output.hasSuffix("damaged\n"))
        let lines = whole.output.split(separator: "\n").filter { $0.hasPrefix("damage: table image") }
        #expect(lines.count == 3, "\(whole.output)")
        #expect(lines.contains("damage: table image, row 3: width is 31, and of its file it is 32"))
        #expect(lines.contains("damage: table image, row 4: format is jpeg, and of its file it is png"))
        #expect(lines.contains { $0.hasPrefix("damage: table image, row 5: pixel_sha256 is ") })
    }

    /// A value that no uid covers, changed behind the catalog's back, and what is said of it.
    static let derivations = [
        ("score", "value = value + 1", "decision, row 1: value does not follow from its rule and its score"),
        (
            "decision", "verdict = iif(verdict = 'kept', 'rejected', 'kept')",
            "decision, row 1: verdict does not"
        ),
        ("decision", "value = value + 1", "decision, row 1: value does not"),
        ("decision", "threshold = 0.125", "decision, row 1: threshold does not"),
        ("decision", "reason = 'because'", "decision, row 1: reason does not"),
        ("generation", "seed = seed + 1", "generation, row 1: seed does not follow from its request"),
        (
            "image", "caption_id = (SELECT max(id) FROM caption)",
            "image, row IMAGE: caption_id is not that of its conditioning"
        ),
        ("image", "concept_id = (SELECT max(id) FROM concept)", "image, row IMAGE: concept_id is not"),
        (
            "model_file", "sha256 = (SELECT file_sha256 FROM image)",
            "model, row 1: weights_sha256 does not follow from its files"
        ),
        ("model", "configuration = '{}'", "model, row 1: configuration does not follow from its files"),
    ]

    @Test(arguments: derivations)
    func derivesWhatNoUIDCovers(table: String, change: String, phrase: String) throws {
        let shop = try Workshop(copying: Spine.finished.get())
        let row =
            switch table {
            case "score": "id = (SELECT score_id FROM decision WHERE id = 1)"
            case "image": "generation_id = 1"
            case "model_file": "model_id = 1"
            default: "id = 1"
            }
        let catalog = try Connection(shop.catalog, .readWrite)
        try catalog.change(table, "\(change) WHERE \(row)")
        let image = try catalog.integer("SELECT id FROM image WHERE generation_id = 1")
        for words in [["check"], ["check", "--fast"]] {
            let check = try shop.figment(words)
            #expect(check.status == 1)
            let expected = "damage: table \(phrase.replacing("IMAGE", with: "\(image)"))"
            #expect(check.output.contains(expected), "\(check.output)")
        }
    }

    @Test func isContentWithABackup() throws {
        let shop = try Spine.finished.get()
        let folder = try TemporaryFolder()
        let file = folder.path("backup.sqlite")
        let text = try shop.succeed("backup", file)
        #expect(text.hasPrefix("\(file): 1 packs, "))
        #expect(try shop.succeed("check", "--catalog", file) == "\(file): nothing is damaged or missing\n")
        let again = try shop.figment("backup", file)
        #expect(again.status == 65)
        #expect(again.errors.contains("is there already, and a backup overwrites nothing"))
        let linked = folder.path("linked.sqlite")
        let json = try JSONValue(
            parsing: try shop.succeed("backup", linked, "--link", "--json"), source: "the backup"
        ).object
        #expect(json?["path"] == .string(linked))
        #expect(json?["packs"] == 1)
        #expect((json?["bytes"]?.integer ?? 0) > 100_000)
    }
}
