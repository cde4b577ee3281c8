import Catalogs
import Foundation
import TestSupport
import Testing

/// The main job from nothing to an audited, exported dataset, as small as it goes.
enum Spine {
    /// A command of the job, and what it says when it has nothing left to do.
    struct Step {
        let words: [String]
        let again: String

        init(_ line: String, sql: String? = nil, again: String) {
            words = line.split(separator: " ").map(String.init) + [sql].compactMap { $0 }
            self.again = again
        }
    }

    private static let generated = "SELECT image_id FROM generated"
    private static let nothing = "nothing to do"

    static let steps = [
        Step("init", again: "is a catalog already"),
        Step("import wardrobe --limit 20", again: "0 images recorded, 40 there already"),
        Step("caption --strategy name", again: nothing),
        Step("embed --model starter:diffusion", again: nothing),
        Step("generate --model starter:diffusion --steps 3 --per 1", again: nothing),
        Step(
            "score --model starter:clip --measure clip-similarity --from", sql: generated, again: nothing),
        Step(
            "score --model starter:clip --measure clip-confidence --templates wardrobe --from",
            sql: generated, again: nothing),
        Step("filter --rule rule.json", again: nothing),
        Step("variant define all", sql: generated, again: "is defined so already"),
        Step("variant define kept", sql: "SELECT image_id FROM kept", again: "is defined so already"),
        Step("variant freeze all", again: "frozen already, nothing has changed"),
        Step("variant freeze kept", again: "frozen already, nothing has changed"),
        Step("export all shards", again: "there already and verified again"),
        Step("export kept folders --format imagefolder", again: "there already and verified again"),
        Step("export all shards-once-more --format webdataset", again: "there already and verified again"),
        Step(
            "export kept folders-once-more --format imagefolder", again: "there already and verified again"),
        Step("report report", again: "10 images in report/index.html"),
        Step("migrate", again: "already"), Step("check", again: "nothing is damaged or missing"),
    ]

    /// Runs every step once.
    static func run(in shop: Workshop) throws {
        for step in steps {
            if step.words[0] == "filter" { try writeRule(in: shop) }
            let command = try shop.figment(step.words)
            try #require(command.status == 0, "\(step.words) wrote \(command.errors)")
            #expect(command.errors == "", "\(step.words)")
            #expect(command.output.hasSuffix("\n"), "\(step.words)")
        }
    }

    /// A rule that rejects some and keeps some, however well the starter models do: the middle value decides.
    private static func writeRule(in shop: Workshop) throws {
        let values = try shop.rows(
            "SELECT value FROM latest_score WHERE measure = 'clip-confidence' ORDER BY value")
        guard case .real(let middle)? = values[values.count / 2].first else {
            Issue.record("a score is no number")
            return
        }
        try shop.folder.write(
            "rule.json",
            """
            {"name": "half", "measure": "clip-confidence", "keep": "at-least", "threshold": \(middle)}
            """)
    }

    /// The job, done once.
    static let finished: Result<Workshop, any Error> = Result {
        let shop = try Workshop()
        atexit { try? Spine.finished.get().folder.remove() }
        try run(in: shop)
        return shop
    }
}
