import Foundation
import JSONValues
import TestSupport
import Testing

/// What a variant says of its images arrives in the export.
struct ExportTests {
    @Test func labelsSplitsWeightsAndSoftTargetsArrive() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.succeed(
            "variant", "define", "mine",
            """
            SELECT id AS image_id, iif(id % 2, 'odd', 'even') AS label, iif(id < 4, 'train', 'held_out') AS split,
                id / 2.0 AS weight, iif(id = 3, '[0.25,0.75]', NULL) AS soft_target
            FROM image WHERE id < 7
            """)
        try shop.succeed("variant", "freeze", "mine")
        try shop.succeed("export", "mine", "out", "--format", "imagefolder")
        var rows: [Int: JSONObject] = [:]
        for split in ["train", "held_out"] {
            let text = try String(
                contentsOfFile: shop.folder.path("out/\(split)/metadata.jsonl"), encoding: .utf8)
            for line in text.split(separator: "\n") {
                let row = try #require(try JSONValue(parsing: String(line), source: "a line").object)
                #expect(row["split"]?.string == split)
                let weight = try #require(row["weight"]?.number)
                rows[Int(weight * 2)] = row
            }
        }
        #expect(rows.keys.sorted() == [1, 2, 3, 4, 5, 6])
        for (id, row) in rows {
            #expect(row["class_key"]?.string == (id % 2 == 1 ? "odd" : "even"))
            #expect(row["split"]?.string == (id < 4 ? "train" : "held_out"))
            #expect(row["soft_target"]?.string == (id == 3 ? "[0.25,0.75]" : ""))
            #expect(row["origin"]?.string == "real")
        }
    }

    @Test func theSeedDecidesTheOrderAndNothingElse() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.succeed("variant", "define", "real", "SELECT id AS image_id FROM image")
        try shop.succeed("variant", "freeze", "real")
        func order(_ seed: Int) throws -> [String] {
            let name = "out-\(seed)"
            try shop.succeed("export", "real", name, "--format", "imagefolder", "--seed", "\(seed)")
            let text = try String(
                contentsOfFile: shop.folder.path("\(name)/test/metadata.jsonl"), encoding: .utf8)
            return try text.split(separator: "\n").map {
                try #require(try JSONValue(parsing: String($0), source: "a line").object?["uid"]?.string)
            }
        }
        let (first, second) = (try order(0), try order(1))
        #expect(first.count == 20)
        #expect(first != second)
        #expect(first.sorted() == second.sorted())
    }
}
