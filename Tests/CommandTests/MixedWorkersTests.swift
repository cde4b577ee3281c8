import Catalogs
import Foundation
import Glibc
import TestSupport
import Testing

/// Different work on one catalog at the same time.
struct MixedWorkersTests {
    private static let generate = [
        "generate", "--model", "starter:diffusion", "--steps", "2", "--per", "5", "--batch", "2", "--threads",
        "1",
    ]
    private static let score = [
        "score", "--model", "starter:clip", "--measure", "clip-similarity", "--batch", "3", "--threads", "1",
    ]

    @Test func fourMakeImagesWhileFourMeasureThem() throws {
        let alone = try Workshop(copying: try Prepared.embedded.get())
        for words in [Self.generate, Self.score] { #expect(try alone.figment(words).status == 0) }

        let shared = try Workshop(copying: try Prepared.embedded.get())
        let workers = try (0..<8).map { number in
            try Command.start(
                "figment",
                (number.isMultiple(of: 2) ? Self.generate : Self.score) + ["--catalog", shared.catalog],
                in: shared.folder.url)
        }
        for worker in workers {
            worker.waitUntilExit()
            #expect(worker.terminationReason == .exit)
            #expect(worker.terminationStatus == 0)
        }
        #expect(try shared.damage() == "")
        // Those who measure may have come to the end before the last image was there.
        #expect(try shared.figment(Self.score).status == 0)
        #expect(try shared.imageDigests() == alone.imageDigests())
        let scores = "SELECT uid, value FROM score ORDER BY uid"
        #expect(try shared.rows(scores) == alone.rows(scores))
        let appended = """
            SELECT program, sum(appended) FROM run_event JOIN run ON run.id = run_id
            WHERE kind = 'batch' AND program IN ('figment-generate', 'figment-score') GROUP BY program
            """
        #expect(try shared.rows(appended) == [["figment-generate", 50], ["figment-score", 90]])
        #expect(try shared.rows("SELECT count(*) FROM claim") == [[0]])
        #expect(try shared.damage() == "")
    }

    /// An export is stopped in the midst of its work, for as long as others need.
    @Test func anExportInMidWorkKeepsNobodyFromWriting() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        try shop.succeed("import", "wardrobe", "--split", "sketch", "--limit", "400")
        try shop.succeed("variant", "define", "real", "SELECT id AS image_id FROM image")
        try shop.succeed("variant", "freeze", "real")
        try shop.succeed("export", "real", "undisturbed", "--shard-items", "20")
        let export = try Command.start(
            "figment", ["export", "real", "slow", "--shard-items", "20", "--catalog", shop.catalog],
            in: shop.folder.url)
        func parts() -> [String] {
            let names = (try? FileManager.default.subpathsOfDirectory(atPath: shop.folder.url.path)) ?? []
            return names.filter { $0.contains("slow") && $0.hasSuffix(".tar") }
        }
        while export.isRunning, parts().count < 3 { usleep(200) }
        kill(export.processIdentifier, SIGSTOP)
        try #require(export.isRunning, "the export was over before it could be stopped")
        let before = try shop.counts()["caption"] ?? 0
        try shop.succeed("variant", "define", "other", "SELECT 1 AS image_id")
        let caption = try shop.figment("caption", "--templates", "wardrobe", "--batch", "1")
        #expect(caption.status == 0, "\(caption.errors)")
        #expect(try shop.counts()["caption"] ?? 0 > before)
        kill(export.processIdentifier, SIGCONT)
        export.waitUntilExit()
        #expect(export.terminationStatus == 0)
        let digests = try shop.rows("SELECT digest FROM export ORDER BY id")
        #expect(digests.count == 2 && digests[0] == digests[1])
        #expect(try shop.damage() == "")
    }

    /// Images that were made in shards and merged come out exactly as those that were made here.
    @Test func mergedImagesAreMadeAgainExactly() throws {
        let shop = try Workshop(copying: try #require(try Step.starts.get()["rederive"]))
        let count = try shop.imageDigests().count
        let merged = try shop.rows(
            """
            SELECT count(*) FROM generated JOIN image ON image.id = image_id JOIN pack ON pack.id = pack_id
            WHERE made_as IS NOT NULL
            """)
        #expect(merged == [[10]])
        #expect(count == 20)
        let said = try shop.figment(
            "audit", "image", "--rederive", "--from", "SELECT image_id FROM generated"
        ).output
        #expect(said == "\(count) images made again: \(count) exact, 0 within, 0 different\n")
    }
}
