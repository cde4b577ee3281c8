import Catalogs
import Foundation
import TestSupport
import Testing

/// Eight processes that work on one catalog at once do what one alone would do.
struct ManyWorkersTests {
    private static let generate = [
        "generate", "--model", "starter:diffusion", "--steps", "2", "--per", "5", "--batch", "2", "--threads",
        "1",
    ]
    private static let score = [
        "score", "--model", "starter:clip", "--measure", "clip-similarity", "--batch", "3", "--threads", "1",
    ]
    private static let scores = """
        SELECT image.uid, score.uid, score.value FROM score JOIN image ON image.id = score.image_id
        ORDER BY image.uid
        """

    @Test func loseAndDuplicateNothing() throws {
        let alone = try Workshop(copying: try Prepared.embedded.get())
        for words in [Self.generate, Self.score] { #expect(try alone.figment(words).status == 0) }

        let shared = try Workshop(copying: try Prepared.embedded.get())
        for words in [Self.generate, Self.score] {
            let workers = try (0..<8).map { _ in
                try Command.start("figment", words + ["--catalog", shared.catalog], in: shared.folder.url)
            }
            for worker in workers {
                worker.waitUntilExit()
                #expect(worker.terminationReason == .exit)
                #expect(worker.terminationStatus == 0)
            }
        }
        #expect(try shared.imageDigests() == alone.imageDigests())
        #expect(try shared.imageDigests().count == 50)
        #expect(try shared.rows(Self.scores) == alone.rows(Self.scores))
        // What each says it appended is what there is, and nothing was made twice: no payload is without its row.
        let appended = """
            SELECT program, sum(appended) FROM run_event JOIN run ON run.id = run_id
            WHERE kind = 'batch' AND program IN ('figment-generate', 'figment-score') GROUP BY program
            """
        #expect(try shared.rows(appended) == [["figment-generate", 50], ["figment-score", 90]])
        #expect(try shared.rows("SELECT count(*) FROM claim") == [[0]])
        let check = try shared.figment("check")
        #expect(check.status == 0)
        #expect(check.output.hasSuffix("nothing is damaged or missing\n"), "\(check.output)")
    }
}
