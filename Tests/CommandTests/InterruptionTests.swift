import Catalogs
import Foundation
import Glibc
import TestSupport
import Testing

/// SIGTERM and SIGINT end every stage after the batch in hand, and the next run goes on from there.
struct InterruptionTests {
    /// A stage with work for many small batches, and the rows that it is there to make.
    struct Case: CustomTestStringConvertible, Sendable {
        let words: [String]
        let rows: String

        init(_ line: String, rows: String) {
            words = line.split(separator: " ").map(String.init)
            self.rows = rows
        }

        var testDescription: String { words[0] }
    }

    private static let cases = [
        Case("caption --templates many", rows: "SELECT uid, text FROM caption"),
        Case("embed --model starter:diffusion", rows: "SELECT uid, payload_sha256 FROM conditioning"),
        Case(
            "generate --model starter:diffusion --steps 2 --per 3",
            rows: "SELECT uid, file_sha256 FROM image WHERE origin = 'generated'"),
        Case(
            "score --model starter:clip --measure clip-confidence --templates few",
            rows: """
                SELECT score.uid AS uid, value FROM score
                JOIN measurement ON measurement.id = measurement_id WHERE measure = 'clip-confidence'
                """),
        Case("filter --rule-named clip-similarity", rows: "SELECT uid, verdict, reason FROM decision"),
    ]

    /// A catalog in which every stage has something to do.
    private static let prepared = Result {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        for (name, count) in [("many", 100), ("few", 4)] {
            let lines = (0..<count).map { "a photo of a {} by \(name) \($0)\n" }
            try shop.folder.write("\(name).txt", lines.joined())
            try shop.succeed("import", "templates", "\(name).txt")
        }
        try shop.succeed("import", "wardrobe", "--limit", "150")
        try shop.succeed("caption", "--templates", "few")
        try shop.succeed("score", "--model", "starter:clip", "--measure", "clip-similarity")
        return shop
    }

    @Test(arguments: cases)
    func endsAfterTheBatchInHand(_ stage: Case) throws {
        let rows = stage.rows + " ORDER BY uid"
        let undisturbed = try Workshop(copying: try Self.prepared.get())
        let before = try undisturbed.rows(rows).count
        #expect(try undisturbed.figment(stage.words).status == 0)
        let expected = try undisturbed.rows(rows)

        let shop = try Workshop(copying: try Self.prepared.get())
        var made = before
        for signal in [SIGTERM, SIGINT] {
            #expect(try interrupt(shop, stage, by: signal) == 130)
            let now = try shop.rows(rows).count
            #expect(now > made && now < expected.count)
            let event = try shop.rows("SELECT kind, appended FROM run_event ORDER BY id DESC LIMIT 1")
            #expect(event == [["interrupted", .integer(now - made)]])
            #expect(try shop.rows("SELECT count(*) FROM claim") == [[0]])
            made = now
        }
        #expect(try shop.figment(stage.words).status == 0)
        #expect(try shop.rows(rows) == expected)
        #expect(try shop.damage() == "")
    }

    /// Runs a stage until it has recorded something, and sends it a signal; gives its exit status.
    ///
    /// The lock is let go for moments only, so that the stage comes through a transaction at a time and the signal
    /// falls in the midst of a batch.
    private func interrupt(_ shop: Workshop, _ stage: Case, by signal: Int32) throws -> Int32 {
        let catalog = try Catalog.open(at: shop.catalog, mode: .readOnly)
        let sql = "SELECT count(*) FROM (\(stage.rows))"
        let before = try catalog.integer(sql)
        let words = stage.words + ["--batch", "1", "--catalog", shop.catalog]
        let process = try Command.start("figment", words, in: shop.folder.url)
        let lock = open(shop.catalog + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        while process.isRunning, try catalog.integer(sql) == before {
            flock(lock, LOCK_UN)
            usleep(300)
            try #require(flock(lock, LOCK_EX) == 0)
        }
        kill(process.processIdentifier, signal)
        close(lock)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        return process.terminationStatus
    }
}
