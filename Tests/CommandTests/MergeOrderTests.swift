import Foundation
import JSONValues
import StageKit
import TestSupport
import Testing

/// What is latest, and what has changed, does not depend on the order in which shards come back.
struct MergeOrderTests {
    /// A catalog with decisions, and a rule of the same name defined anew in it.
    private func shop(deciding threshold: Int) throws -> Workshop {
        let shop = try Workshop(copying: Spine.finished.get())
        try shop.folder.write(
            "rule.json",
            #"{"name": "half", "measure": "clip-confidence", "keep": "above", "threshold": \#(threshold)}"#)
        try shop.succeed("filter", "--rule", "rule.json")
        return shop
    }

    private func digest(_ shop: Workshop, _ variant: String) throws -> String? {
        let output = try shop.succeed("variant", "freeze", variant, "--json")
        return try JSONValue(parsing: output, source: "it").object?["digest"]?.string
    }

    @Test func aSnapshotIsTheSameInWhicheverOrderShardsWereMerged() throws {
        let (none, all) = (try shop(deciding: 2), try shop(deciding: -1))
        for (shop, sql) in [(none, "SELECT 1 AS image_id"), (all, "SELECT 2 AS image_id")] {
            try shop.succeed("variant", "define", "mine", sql)
        }
        let merged = try [[none, all], [all, none]].map { shards in
            let shop = try Workshop(copying: Spine.finished.get())
            try shop.succeed("merge", shards[0].catalog, shards[1].catalog)
            return shop
        }
        let numbers = try merged.map { try $0.rows("SELECT uid FROM decision ORDER BY id") }
        #expect(numbers[0] != numbers[1], "the ids tell which was merged first")
        #expect(Set(numbers[0]) == Set(numbers[1]))
        // The later of the two rules keeps all, and the later of the two variants is the second.
        for shop in merged {
            #expect(try shop.rows("SELECT count(*) FROM kept") == [[10]])
            #expect(try shop.succeed("variant", "list").contains("mine\n"))
            #expect(
                try shop.succeed("variant", "show", "mine").contains("SELECT 2 AS image_id\n1 images now"))
            #expect(try shop.damage() == "")
        }
        let digests = try merged.map { try digest($0, "kept") }
        #expect(digests[0] != nil && digests[0] == digests[1])
    }

    @Test func reasonsStayTheSameWhereSnapshotsWereMergedInto() throws {
        let shard = try Workshop(copying: Spine.finished.get())
        try shard.succeed("variant", "freeze", "kept")
        try shard.folder.write(
            "rule.json", #"{"name": "half", "measure": "clip-confidence", "keep": "above", "threshold": 2}"#)
        try shard.succeed("filter", "--rule", "rule.json", "--limit", "4")
        try shard.succeed("variant", "freeze", "kept")
        let snapshots = try shard.rows(
            """
            SELECT snapshot.uid FROM snapshot JOIN variant ON variant.id = variant_id WHERE name = 'kept'
            ORDER BY snapshot.id
            """
        ).compactMap { $0[0].json.string }
        #expect(snapshots.count == 2)

        // In the other catalog every event of the shard has another id than in the shard.
        let own = try Workshop(copying: Prepared.embedded.get())
        for number in 1...6 { try own.succeed("variant", "define", "own\(number)", "SELECT 1 AS image_id") }
        try own.succeed("merge", shard.catalog)
        let parts = try [shard, own].map { shop in
            let output = try shop.succeed("audit", "snapshot", snapshots[0], snapshots[1], "--json")
            let object = try #require(try JSONValue(parsing: output, source: "it").object)
            return ["came", "went", "changed", "counts"].map { object[$0] }
        }
        #expect(parts[0] == parts[1])
        #expect(parts[0][1]?.array?.isEmpty == false)
    }
}
