import Catalogs
import Foundation
import JSONValues
import SQLite
import TestSupport
import Testing

/// Variants defined, shown, compared, frozen and doubted.
struct VariantTests {
    private static let images = "SELECT id AS image_id FROM image"

    private func finished() throws -> Workshop { try Workshop(copying: Spine.finished.get()) }

    private func json(_ command: Command) throws -> JSONValue {
        try JSONValue(parsing: command.output, source: "the answer")
    }

    /// The same rows, appended in another order, so that every id is another one.
    @Test func aDigestDoesNotDependOnIDs() throws {
        let sql = """
            SELECT id AS image_id, stable_split(uid, 'train:0.7,validation:0.3') AS split, 1.0 / 3 AS weight,
                CASE WHEN split = 'test' THEN '[0.5,0.5]' END AS soft_target
            FROM image
            """
        var digests: Set<String> = []
        var ids: Set<[[SQLValue]]> = []
        for order in [["test", "task"], ["task", "test"]] {
            let shop = try Workshop()
            try shop.succeed("init")
            for split in order { try shop.succeed("import", "wardrobe", "--split", split, "--limit", "20") }
            try shop.succeed("variant", "define", "mine", sql)
            let frozen = try json(shop.figment("variant", "freeze", "mine", "--json"))
            #expect(frozen.object?["items"] == 40)
            digests.insert(frozen.object?["digest"]?.string ?? "")
            ids.insert(try shop.rows("SELECT id, uid FROM image ORDER BY uid"))
        }
        #expect(ids.count == 2)
        #expect(digests.count == 1 && digests.first?.count == 64, "\(digests)")
    }

    @Test func aSnapshotHoldsWhatTheQueryYielded() throws {
        let shop = try finished()
        try shop.succeed(
            "variant", "define", "mine",
            """
            SELECT image_id, 'L' || image_id AS label, 'part' AS split, 2 AS weight, '[1]' AS soft_target
            FROM generated; -- all of them
            """)
        try shop.succeed("variant", "freeze", "mine")
        let items = """
            SELECT image_id, label, snapshot_item.split, weight, soft_target FROM snapshot_item
            JOIN snapshot ON snapshot.id = snapshot_id JOIN variant ON variant.id = variant_id
            WHERE name = 'mine' ORDER BY image_id
            """
        let expected = try shop.rows(
            "SELECT image_id, 'L' || image_id, 'part', 2.0, '[1]' FROM generated ORDER BY image_id")
        #expect(try shop.rows(items) == expected)
        #expect(expected.count == 10)
    }

    @Test func aLabelThatIsNoTextIsRefused() throws {
        let shop = try finished()
        try shop.succeed(
            "variant", "define", "broken", "SELECT image_id, CAST(x'63ff' AS TEXT) AS label FROM generated")
        try shop.expect(Refusal("variant freeze broken", 65, "row 1: column 'label' is not a text"))
    }

    @Test(arguments: ["random()", "date('now')", "CURRENT_TIMESTAMP"])
    func anAnswerThatChangesIsNoVariant(call: String) throws {
        let shop = try finished()
        let sql = "SELECT id AS image_id, \(call) AS label FROM image"
        try shop.expect(
            Refusal(
                ["variant", "define", "mine", sql], 65, "a variant must give the same answer", "stable_split")
        )
        // A catalog may hold one that was defined by other means.
        try Connection(shop.catalog, .readWrite).runScript(
            """
            INSERT INTO variant (uid, name, sql, run_id)
            VALUES ('0123456789abcdef0123456789abcdef', 'theirs', '\(sql.replacing("'", with: "''"))', 1)
            """)
        try shop.expect(Refusal("variant freeze theirs", 65, "a variant must give the same answer"))
    }

    @Test func showTellsWhatItYieldsAndWhatItReplaced() throws {
        let shop = try finished()
        try shop.succeed("variant", "define", "kept", Self.images)
        let shown = try json(shop.figment("variant", "show", "kept", "--json")).object
        #expect(shown?["images"] == 50)
        #expect(shown?["sql"]?.string == Self.images)
        #expect(shown?["replaced"]?.array?.count == 1)
        #expect(shown?["snapshots"]?.array?.count == 1)
        let groups = try shop.rows(
            """
            SELECT coalesce(split, 'train') AS part, key, count(*) FROM image JOIN concept ON concept.id = concept_id
            GROUP BY part, key ORDER BY part, key
            """)
        let text = try shop.succeed("variant", "show", "kept")
        for group in groups {
            guard case .text(let split) = group[0], case .text(let key) = group[1],
                case .integer(let count) = group[2]
            else { continue }
            #expect(text.contains("\n  \(split)  \(key)  \(count)\n"), "\(text)")
        }
        #expect(text.contains("\n50 images now\n"))
        #expect(text.contains("SELECT image_id FROM kept"))
    }

    @Test func diffTellsWhatIsNotShared() throws {
        let shop = try finished()
        let same = try shop.figment("variant", "diff", "kept", "kept")
        #expect(same.status == 0)
        #expect(same.output.hasPrefix("only in kept: 0 images\n"))

        try shop.succeed(
            "variant", "define", "other",
            """
            SELECT image_id, CASE WHEN verdict = 'kept' THEN 'good' END AS label FROM latest_decision
            WHERE verdict = 'rejected' OR image_id = (SELECT min(image_id) FROM kept)
            """)
        let snapshot = try shop.rows(
            "SELECT snapshot.uid FROM snapshot JOIN variant ON variant.id = variant_id WHERE name = 'kept'")
        guard case .text(let uid)? = snapshot.first?.first else {
            Issue.record("there is no snapshot")
            return
        }
        for kept in ["kept", uid, String(uid.prefix(8))] {
            let command = try shop.figment("variant", "diff", kept, "other", "--limit", "2", "--json")
            #expect(command.status == 1)
            let difference = try json(command).object
            #expect(difference?["only_first"] == 4)
            #expect(difference?["only_second"] == 5)
            #expect(difference?["changed"] == 1)
            #expect(difference?["same"] == 0)
            #expect(difference?["only_first_images"]?.array?.count == 2)
            let changed = difference?["changed_images"]?.array?.first?.object
            #expect(changed?["second"]?.object?["label"] == "good")
        }
        let text = try shop.figment("variant", "diff", "kept", "other", "--limit", "3").output
        #expect(text.contains("in both as something else: 1 images\n"))
        #expect(text.split(separator: "\n").count { $0.hasPrefix("- ") } == 3)
        try shop.expect(Refusal("variant diff kept nobody", 66, "no variant 'nobody'"))
        try shop.expect(Refusal("variant diff kept \(uid.prefix(7))", 66, "no variant"))
    }

    /// What is foretold comes true when the rule is run with the threshold.
    @Test(arguments: [0.0, 0.15, 1.5])
    func whatIfForetells(threshold: Double) throws {
        let shop = try finished()
        let words = ["variant", "what-if", "kept", "--rule", "half", "--threshold", "\(threshold)"]
        let counts = try shop.counts()
        let foretold = try json(shop.figment(words + ["--json"])).object
        #expect(try shop.counts() == counts)
        #expect(foretold?["images"] == 5)
        let text = try shop.succeed(
            "variant", "what-if", "kept", "--rule", "half", "--threshold", "\(threshold)")
        #expect(text.contains("variant 'kept' has 5 images"))

        let before = Set(try shop.rows("SELECT image_id FROM kept"))
        try shop.succeed(
            "filter", "--rule", shop.folder.write("rule.json", Self.rule), "--threshold", "\(threshold)")
        let after = Set(try shop.rows("SELECT image_id FROM kept"))
        #expect(foretold?["images_then"]?.integer == after.count)
        #expect(foretold?["come"]?.integer == after.subtracting(before).count)
        #expect(foretold?["go"]?.integer == before.subtracting(after).count)
        #expect(foretold?["kept_then"]?.integer == after.count)
        let values = try shop.rows(
            "SELECT max(value) FROM latest_decision WHERE rule = 'half' AND value < \(threshold)")
        let nearest = foretold?["nearest_rejected"]?.number
        #expect(values == [[nearest.map { .real($0) } ?? .null]])
    }

    private static let rule =
        #"{"name": "half", "measure": "clip-confidence", "keep": "at-least", "threshold": 0}"#

    @Test func whatIfSaysWhatItCannotTell() throws {
        let shop = try finished()
        try shop.succeed(
            "variant", "define", "raw", "SELECT DISTINCT image_id FROM decision WHERE verdict = 'kept'")
        try shop.expect(
            Refusal(
                "variant what-if raw --rule half --threshold 0.5", 65, "reads main.decision", "the views kept"
            ))
        try shop.succeed("variant", "define", "main", "SELECT image_id FROM main.kept")
        try shop.expect(Refusal("variant what-if main --rule half --threshold 0.5", 65, "reads main.kept"))
        try shop.expect(
            Refusal("variant what-if kept --rule third --threshold 0.5", 66, "no rule 'third'", "'half'"))
        let none = try json(
            shop.figment("variant", "what-if", "all", "--rule", "half", "--threshold", "2", "--json"))
        #expect(none.object?["come"] == 0)
        #expect(none.object?["go"] == 0)
    }
}
