import Catalogs
import JSONValues
import TestSupport
import Testing

/// What a snapshot is, and why two differ.
struct AuditSnapshotTests {
    private func difference(_ shop: Workshop, _ words: String...) throws -> JSONObject {
        let command = try shop.figment(["audit", "snapshot"] + words + ["--json"])
        #expect(command.status == 0, "\(command.errors)")
        return try #require(try JSONValue(parsing: command.output, source: "the audit").object)
    }

    /// The reasons of the images that came, went or changed.
    private func reasons(_ kind: String, _ difference: JSONObject) -> [[String]] {
        (difference[kind]?.array ?? []).map { item in
            (item.object?["reasons"]?.array ?? []).compactMap { $0.object?["reason"]?.string }
        }
    }

    private func freeze(_ name: String, _ shop: Workshop) throws -> String {
        let output = try shop.succeed("variant", "freeze", name, "--json")
        return try JSONValue(parsing: output, source: "it").object?["snapshot"]?.string ?? ""
    }

    @Test func saysWhatASnapshotIs() throws {
        let shop = try Spine.finished.get()
        let text = try shop.succeed("audit", "snapshot", "kept")
        for phrase in [
            "snapshot of kept, 5 images\n", "SELECT image_id FROM kept\n",
            "as frozen: the digest was recomputed",
            "imagefolder in ", "trainings\n  none\n",
        ] { #expect(text.contains(phrase), "\(phrase)") }
        let object = try difference(shop, "kept")
        #expect(object["intact"] == true)
        #expect(object["exports"]?.array?.count == 2)
        #expect(object["parts"]?.array?.compactMap { $0.object?["items"]?.integer }.reduce(0, +) == 5)
    }

    @Test func saysThatMembersAreAltered() throws {
        let pedigree = try Pedigree()
        let command = try pedigree.shop.figment("audit", "snapshot", pedigree.uid("snapshot"))
        #expect(command.status == 1)
        #expect(command.output.contains("ALTERED: there are 1, with the digest "))
        #expect(command.output.hasPrefix("snapshot of evil\\u{1b}[2J"))
    }

    @Test func saysWhyImagesCameAndWent() throws {
        let shop = try Workshop(copying: Spine.finished.get())
        let first = try freeze("kept", shop)
        // A stricter rule of the same name, and more images.
        let strict = #"{"name": "half", "measure": "clip-confidence", "keep": "above", "threshold": 2}"#
        try shop.folder.write("strict.json", strict)
        try shop.succeed("filter", "--rule", "strict.json", "--limit", "4")
        try shop.succeed(
            "generate", "--model", "starter:diffusion", "--steps", "3", "--per", "2", "--limit", "3")
        try shop.succeed(
            "score", "--model", "starter:clip", "--measure", "clip-confidence", "--templates", "wardrobe",
            "--from",
            "SELECT image_id FROM generated")
        let lenient = #"{"name": "half", "measure": "clip-confidence", "keep": "above", "threshold": -1}"#
        try shop.folder.write("lenient.json", lenient)
        let newest = "SELECT id FROM image ORDER BY id DESC LIMIT 3"
        try shop.succeed("filter", "--rule", "lenient.json", "--from", newest)
        let second = try freeze("kept", shop)
        let found = try difference(shop, first, second)
        #expect(reasons("came", found) == Array(repeating: ["newer image"], count: 3))
        let went = reasons("went", found)
        #expect(!went.isEmpty && went.allSatisfy { $0 == ["other verdict"] }, "\(went)")
        let reason = found["went"]?.array?.first?.object?["reasons"]?.array?.first?.object
        #expect(reason?["rule"] == "half")
        #expect(reason?["before"]?.object?["verdict"] == "kept")
        #expect(reason?["after"]?.object?["verdict"] == "rejected")
        #expect(reason?["after"]?.object?["threshold"]?.number == 2)
        #expect(found["same_query"] == true)

        // The other way round what came has gone, for the same reasons.
        let back = try difference(shop, second, first)
        #expect(reasons("went", back) == reasons("came", found))
        #expect(reasons("came", back) == went)

        let text = try shop.succeed("audit", "snapshot", first, second, "--limit", "1")
        #expect(text.contains("came: 3 by newer image\n"))
        #expect(text.contains("  … and 2 more: --limit shows more, --json all\n"))
        #expect(text.contains("other verdict: half: kept "))
    }

    @Test func tellsAnotherQueryFromOtherValues() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        func define(_ sql: String) throws -> String {
            try shop.succeed("variant", "define", "mine", sql)
            return try freeze("mine", shop)
        }
        let first = try define("SELECT id AS image_id FROM image WHERE id < 5")
        let second = try define(
            "SELECT id AS image_id, iif(id = 2, 0.5, 1.0) AS weight, iif(id = 3, 'x', NULL) AS label FROM image WHERE id < 6"
        )
        let found = try difference(shop, first, second)
        #expect(found["same_query"] == false)
        #expect(reasons("came", found) == [["other query"]])
        #expect(reasons("went", found) == [])
        let changes = found["changed"]?.array?.compactMap {
            $0.object?["changes"]?.array?[0].object?["column"]?.string
        }
        #expect(changes == ["weight", "label"])
        #expect(found["counts"]?.object?["same"] == 2)

        // The same query, and nothing of the images has changed: it looked at other rows.
        let third = try define("SELECT id AS image_id FROM image WHERE id <= (SELECT count(*) FROM variant)")
        try shop.succeed("variant", "define", "other", "SELECT 1 AS image_id")
        let fourth = try freeze("mine", shop)
        #expect(reasons("came", try difference(shop, third, fourth)) == [["other rows"]])
        #expect(
            try shop.succeed("audit", "snapshot", third, third).contains("0 images came, 0 went, 0 changed"))
    }
}
