import Catalogs
import Foundation
import SQLite
import TestSupport
import Testing

/// SQL, options and catalogs that cannot be what was meant.
struct BadRequestTests {
    @Test(arguments: [
        Refusal(["query", "DELETE FROM image"], 65, "deletes from image", "only read"),
        Refusal(["query", "CREATE TABLE mine (x)"], 65, "refused"),
        Refusal(["query", "ATTACH 'other.sqlite' AS other"], 65, "attaches a file"),
        Refusal(["query", "PRAGMA user_version = 7"], 65, "user_version"),
        Refusal(["query", "SELECT load_extension('x')"], 65, "load_extension"),
        Refusal(["query", "SELECT 1; DELETE FROM image"], 65, "refused"),
        Refusal(["query", "SELEC 1"], 65, "near \"SELEC\": syntax error", "sqlite_schema"),
        Refusal(["query", "SELECT colour FROM image"], 65, "no such column: colour"),
        Refusal(["query", ""], 64, "SQL takes a text that is not empty"),
        Refusal(
            [
                "query", "--time-limit", "0.05",
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
            ], 65, "ran longer than 0.05 seconds", "--time-limit"),
        Refusal(
            ["variant", "define", "x", "SELECT id FROM image"], 65, "no image_id", "SELECT id AS image_id"),
        Refusal(
            ["variant", "define", "x", "SELECT id AS image_id, width FROM image"], 65,
            "unknown column 'width'", "image_id, label, split, weight, soft_target"),
        Refusal(["variant", "define", "x", "DROP TABLE image"], 65, "refused"),
        Refusal(["variant", "define", "a b", "SELECT id AS image_id FROM image"], 64, "'a b' cannot name"),
        Refusal(["variant", "freeze", "nothing"], 66, "no variant 'nothing'", "figment variant define"),
        Refusal(["export", "nothing", "there"], 66, "no snapshot of 'nothing'"),
        Refusal(["caption", "--from", "SELECT id, name FROM concept"], 65, "--from", "one column"),
        Refusal(["caption", "--from", "SELECT name FROM concept"], 65, "--from", "integer ids"),
        Refusal(["caption", "--from", "UPDATE concept SET name = ''"], 65, "--from", "updates concept"),
        Refusal(
            ["caption"], 64, "more than one template set", "'wardrobe', 'wardrobe-scenes' by --templates"),
        Refusal(["caption", "--templates", "plants"], 66, "no template set named 'plants'"),
        Refusal(["report", "there"], 66, "no image to show", "figment generate"),
        Refusal(["audit", "image", "999"], 66, "no image '999'"),
        Refusal(["capton"], 64, "no verb 'capton'", "Did you mean 'figment caption'?"),
        Refusal(["variant", "frieze", "x"], 64, "no command", "Did you mean 'figment-variant freeze'?"),
        Refusal(["generate", "--modle", "x"], 64, "no option '--modle'", "Did you mean '--model'?"),
        Refusal(["generate"], 64, "--model is missing"),
        Refusal(["generate", "--model", "x", "--steps", "0"], 64, "--steps takes an integer from 1"),
        Refusal(["generate", "--model", "x", "--size", "64"], 64, "--size", "such as 512x512"),
        Refusal(["generate", "--model", "x", "--sampler", "dim"], 64, "--sampler takes one of ddim"),
        Refusal(["generate", "--model", "x", "--limit", "1", "--limit", "2"], 64, "--limit is given twice"),
        Refusal(["status", "surplus"], 64, "no place for the argument 'surplus'"),
        Refusal(["import", "wardrobe", "--photographs", "nowhere"], 66, "nowhere", "dataset-fashion-mnist"),
        Refusal(["score", "--model", "starter:clop", "--measure", "clip-similarity"], 64, "starter:clop"),
        Refusal(
            ["score", "--model", "starter:clip", "--measure", "clip-confidence", "--vocabulary", "animals"],
            66,
            "no vocabulary named 'animals'"),
    ])
    func isRefusedWithAWayOut(refusal: Refusal) throws {
        try Workshop(copying: Prepared.embedded.get()).expect(refusal)
    }

    @Test(arguments: [
        ("SELECT 1.5 AS image_id", "row 1: column 'image_id' is not an integer"),
        ("SELECT 999 AS image_id", "row 1: there is no image 999"),
        ("SELECT 1 AS image_id UNION ALL SELECT 1", "row 2: the image 1 comes a second time"),
        ("SELECT 1 AS image_id, -1 AS weight", "row 1: column 'weight' is not a number from 0"),
        ("SELECT 1 AS image_id, '' AS split", "row 1: column 'split' is not a text"),
        ("SELECT 1 AS image_id, '{}' AS soft_target", "row 1: column 'soft_target' is not a JSON list"),
        ("SELECT id AS image_id FROM image WHERE FALSE", "the query yields no image"),
    ])
    func aVariantMustBeAListOfImages(sql: String, phrase: String) throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.succeed("variant", "define", "trial", sql)
        try shop.expect(Refusal("variant freeze trial", 65, phrase, "running variant 'trial'"))
    }

    @Test func anExportNeverMixesWithOtherFiles() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.succeed("variant", "define", "real", "SELECT id AS image_id FROM image WHERE split = 'test'")
        try shop.succeed("variant", "freeze", "real")
        try shop.folder.write("there/mine.txt", "mine")
        try shop.expect(Refusal("export real there", 64, "there is not empty", "exporting variant 'real'"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: shop.folder.path("there")) == ["mine.txt"])
        try shop.expect(Refusal("export real there/mine.txt", 64, "mine.txt is there already"))

        try shop.expect(Refusal("export real there/mine.txt/inside", 66, "there/mine.txt"))

        try shop.succeed("export", "real", "here")
        let shard = shop.folder.path("here/test-000000.tar")
        var bytes = Array(try Data(contentsOf: URL(filePath: shard)))
        bytes[bytes.count / 2] ^= 1
        try shop.folder.write("here/test-000000.tar", bytes)
        try shop.expect(
            Refusal("export real here", 65, "here is no longer what was exported", "test-000000.tar"))
    }

    @Test func aCatalogMustBeOneOfThisVersion() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        let words = ["status", "--catalog"]
        try shop.expect(Refusal(words + ["nowhere.sqlite"], 66, "no catalog nowhere.sqlite", "figment init"))
        try shop.expect(Refusal(words + ["."], 78, ". is no file"))
        try shop.expect(
            Refusal(
                words + ["note.sqlite"], 78, "note.sqlite",
                files: ["note.sqlite": Array(String(repeating: "no database ", count: 100).utf8)]))
        try Connection(shop.folder.path("other.sqlite"), .create).runScript("CREATE TABLE theirs (x)")
        try shop.expect(Refusal(words + ["other.sqlite"], 78, "other.sqlite", "another program"))
        try shop.expect(Refusal("init --catalog other.sqlite", 78, "other.sqlite", "another program"))
        let newer = try Workshop(copying: shop)
        try newer.succeed("status")
        try Connection(newer.catalog, .readWrite).runScript(
            """
            INSERT INTO migration SELECT 9999, 'from_the_future', sha256, applied_at, '99' FROM migration LIMIT 1;
            PRAGMA user_version = 9999
            """)
        for verb in ["status", "init", "check", "migrate"] {
            try shop.expect(
                Refusal([verb, "--catalog", newer.catalog], 78, "version 9999", "newer figment"))
        }
    }
}
