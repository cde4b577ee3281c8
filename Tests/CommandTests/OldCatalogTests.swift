import Foundation
import TestSupport
import Testing

/// A catalog of an earlier version goes on: nothing of it is lost, and it means what it meant.
struct OldCatalogTests {
    /// A workshop in which the catalog, its shard and its export lie as they were made.
    private func unpacked() throws -> Workshop {
        let shop = try Workshop()
        let tar = try Command.system(
            "tar", ["-xzf", Fixture.url("Catalogs/version-4.tar.gz").path, "--strip-components", "1"],
            in: shop.folder.url)
        #expect(tar.status == 0, "\(tar.errors)")
        for (old, new) in [("animals.sqlite", "trial.sqlite"), ("animals.packs", "trial.packs")] {
            try FileManager.default.moveItem(atPath: shop.folder.path(old), toPath: shop.folder.path(new))
        }
        return shop
    }

    @Test func isBroughtUpToDateWithNothingLost() throws {
        let shop = try unpacked()
        let refused = try shop.figment("status")
        #expect(refused.status == 78)
        #expect(refused.errors.contains("figment migrate"), "\(refused.errors)")
        try shop.succeed("migrate")
        #expect(try shop.succeed("check").contains("nothing is damaged or missing"))
        // What was recorded stays as it was recorded.
        #expect(
            try shop.rows("SELECT DISTINCT host, process IS NOT NULL, machine FROM run") == [
                ["lab", 1, .null]
            ])
        #expect(
            try shop.rows("SELECT source FROM image WHERE source LIKE '/%'")
                == [["/lab/photographs/coat/1.jpg"]])

        try shop.succeed("migrate", "--catalog", "shards/animals-01.sqlite")
        let before = try shop.rows("SELECT count(*) FROM generated")[0][0].json.integer ?? 0
        #expect(try shop.succeed("merge", "shards/animals-01.sqlite").contains("image"))
        #expect(try shop.rows("SELECT count(*) FROM generated") == [[.integer(before + 2)]])
        #expect(try shop.damage() == "")
    }

    @Test func anExportIsWhatItWasAndComesOutTheSameAgain() throws {
        let shop = try unpacked()
        try shop.succeed("migrate")
        let recorded = try shop.rows("SELECT digest FROM export")[0][0].json.string ?? ""
        #expect(try shop.succeed("audit", "export", "export").contains(recorded))
        try shop.succeed("export", "all", "again", "--format", "imagefolder")
        #expect(
            try shop.rows("SELECT directory, digest FROM export ORDER BY id")
                == [["/lab/export", .text(recorded)], ["again", .text(recorded)]])
    }

    @Test func aPictureIsMadeAgain() throws {
        let shop = try unpacked()
        try shop.succeed("migrate")
        let made = try shop.succeed(
            "audit", "image", "--rederive", "--from", "SELECT image_id FROM generated")
        #expect(made.contains("0 within, 0 different"), "\(made)")
    }
}
