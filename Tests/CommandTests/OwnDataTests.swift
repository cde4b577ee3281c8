import Catalogs
import Foundation
import JSONValues
import TestSupport
import Testing

/// The way through with classes, templates and photographs of one's own, as the README has it.
struct OwnDataTests {
    @Test func aClassListAndTemplatesBecomeADataset() throws {
        let shop = try Workshop()
        try shop.folder.write("classes.csv", "name,key,weight\ncoat,n1,2\n\"ankle boot\",n2,\n")
        try shop.folder.write("templates.txt", "a photo of a {}.\r\na {} on sand\r\n")
        try shop.succeed("init")
        let list = try shop.succeed("import", "concepts", "classes.csv")
        #expect(list.hasPrefix("vocabulary 'classes': 2 members, recorded ("))
        #expect(try shop.succeed("import", "concepts", "classes.csv").contains("there already"))
        try shop.succeed("import", "templates", "templates.txt")
        #expect(try shop.succeed("caption", "--strategy", "template").contains("4 captions recorded"))
        try shop.succeed("caption", "--strategy", "name")
        #expect(
            try shop.rows("SELECT text FROM caption ORDER BY id").map { $0[0] } == [
                "a photo of a coat.", "a photo of a ankle boot.", "a coat on sand", "a ankle boot on sand",
                "coat", "ankle boot",
            ])
        try shop.succeed(
            "embed", "--model", "starter:diffusion", "--from", "SELECT id FROM caption WHERE id < 3")
        try shop.succeed("generate", "--model", "starter:diffusion", "--steps", "2", "--per", "2")
        try shop.succeed("score", "--model", "starter:clip", "--measure", "clip-confidence")
        try shop.succeed("filter", "--rule-named", "clip-confidence")
        // With two classes chance is a half, and each image has one decision by it.
        let decisions = try shop.rows(
            "SELECT count(*), min(threshold), max(threshold), sum((value > threshold) = (verdict = 'kept')) FROM decision"
        )
        #expect(decisions == [[4, 0.5, 0.5, 4]])
        let json = try shop.succeed("status", "--json")
        let status = try #require(try JSONValue(parsing: json, source: "the status").object)
        #expect(status["captions"] == 6)
        #expect(status["conditionings"] == 3)
        #expect(status["generated images"] == 4)
        #expect(status["rule clip-confidence"]?.string?.hasSuffix("of 4 kept") == true)
    }

    @Test func anotherListOfTheSameNameTakesItsPlace() throws {
        let shop = try Workshop()
        try shop.succeed("init")
        for text in ["name\ncoat\n", "name\ncoat\nbag\n"] {
            try shop.folder.write("classes.csv", text)
            try shop.succeed("import", "concepts", "classes.csv")
        }
        try shop.succeed("caption", "--strategy", "name")
        #expect(try shop.rows("SELECT text FROM caption ORDER BY id") == [["coat"], ["bag"]])
        #expect(try shop.rows("SELECT count(*) FROM vocabulary") == [[2]])
        try shop.folder.write("classes.csv", "name\ncoat\n")
        #expect(try shop.succeed("import", "concepts", "classes.csv").contains("the name means a newer list"))
        #expect(try shop.rows("SELECT count(*) FROM vocabulary") == [[2]])
    }

    @Test func variantsAreListedAndDefinedAnew() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        #expect(try shop.succeed("variant", "list") == "no variants yet\n")
        let first = "SELECT id AS image_id FROM image WHERE id <= 3"
        for sql in [first, "SELECT id AS image_id FROM image WHERE id <= 2"] {
            try shop.succeed("variant", "define", "few", sql)
            try shop.succeed("variant", "freeze", "few")
        }
        #expect(try shop.rows("SELECT item_count FROM snapshot ORDER BY id") == [[3], [2]])
        let shown = try shop.succeed("variant", "show", "few")
        #expect(shown.contains("WHERE id <= 2\n"))
        #expect(shown.contains("3 images"))
        #expect(shown.contains("2 images"))
        let list = try JSONValue(
            parsing: try shop.succeed("variant", "list", "--json"), source: "the list")
        #expect(list.object?["name"] == "few")
        #expect(list.object?["snapshots"]?.array?.count == 2)
        // What was replaced can be meant again: the newest definition counts, not the newest text.
        try shop.succeed("variant", "define", "few", first)
        #expect(try shop.succeed("variant", "freeze", "few").contains("3 images, frozen"))
        #expect(try shop.succeed("variant", "define", "few", first).contains("is defined so already"))
        #expect(try shop.rows("SELECT count(*) FROM variant") == [[3]])
        // The members decide a snapshot's digest, whatever the variant is called and however it is asked for.
        try shop.succeed(
            "variant", "define", "other",
            "SELECT id AS image_id FROM image ORDER BY id DESC LIMIT -1 OFFSET 37")
        try shop.succeed("variant", "freeze", "other")
        let digests = try shop.rows("SELECT digest FROM snapshot ORDER BY id")
        #expect(digests.count == 4)
        #expect(digests[0] == digests[2])
        #expect(digests[0] == digests[3])
        #expect(digests[0] != digests[1])
    }

    @Test func theLatestRuleOfANameDecides() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.succeed(
            "generate", "--model", "starter:diffusion", "--steps", "2", "--limit", "3", "--per", "1")
        try shop.succeed(
            "score", "--model", "starter:clip", "--measure", "clip-similarity", "--from",
            "SELECT image_id FROM generated")
        for (threshold, kept) in [("-1", 3), ("2", 0), ("-1", 3), ("-1", 3)] {
            try shop.succeed("filter", "--rule-named", "clip-similarity", "--threshold=\(threshold)")
            #expect(try shop.rows("SELECT count(*) FROM kept") == [[.integer(kept)]])
        }
        // Asked for twice in a row a rule decides once.
        #expect(try shop.rows("SELECT count(*) FROM filter_rule") == [[3]])
        #expect(try shop.rows("SELECT count(*) FROM decision") == [[9]])
    }

    @Test func aRuleReadsTheMeasurementThatIsNamed() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        for name in ["first", "second"] {
            try shop.folder.write("\(name).txt", "the \(name) photo of a {}\n")
            try shop.succeed("import", "templates", "\(name).txt")
            try shop.succeed(
                "score", "--model", "starter:clip", "--measure", "clip-confidence", "--templates", name)
        }
        let uids = try shop.rows("SELECT uid FROM measurement ORDER BY id").map { $0[0] }
        guard uids.count == 2, case .text(let first) = uids[0] else {
            Issue.record("there are \(uids.count) measurements")
            return
        }
        let read = """
            SELECT DISTINCT measurement.uid FROM decision JOIN score ON score.id = score_id
            JOIN measurement ON measurement.id = measurement_id ORDER BY decision.id
            """
        try shop.succeed("filter", "--rule-named", "clip-confidence", "--measurement", first)
        #expect(try shop.rows(read) == [[uids[0]]])
        try shop.succeed("filter", "--rule-named", "clip-confidence")
        #expect(try shop.rows(read) == [[uids[0]], [uids[1]]])
        let refused = try shop.figment(
            "filter", "--rule-named", "clip-similarity", "--measurement", first)
        #expect(refused.status == 66)
        #expect(refused.errors.contains("no measurement of 'clip-similarity' has the uid \(first)"))
    }
}
