import Catalogs
import SQLite
import TestSupport
import Testing

@testable import StageKit
@testable import figment_caption
@testable import figment_embed
@testable import figment_filter
@testable import figment_generate
@testable import figment_score

/// How SQLite finds pending work: from one id to the next behind those that are done, never by looking at all rows of
/// a large table, and never by sorting them.
struct PlanTests {
    private let shop: Workshop

    init() throws { shop = try Workshop(copying: try Prepared.embedded.get()) }

    /// Compares the plan of the query that finds a batch with `expected`, and searches those of the others for scans.
    ///
    /// - Parameter words: the stage's arguments.
    private func expect<Work: Stage>(
        _ expected: String, of stage: Work.Type, pass: Int = 0, _ words: [String],
        at location: SourceLocation = #_sourceLocation
    ) throws {
        let line = ["--catalog", shop.catalog, "--from", "SELECT id FROM image"] + words
        guard case .run(let arguments) = try StageCommand<Work>.syntax.parse(line) else { return }
        let session = try Session(Work.syntax.name, arguments)
        try session.restrict(to: arguments[CommonArguments.from])
        let pass = try Work(arguments, session).pass(pass)
        #expect(
            try plan(of: pass.itemsSQL(.all, areClaimed: !Work.isInstant)) == expected,
            sourceLocation: location)
        let others = [
            pass.itemsSQL(.chosen, areClaimed: !Work.isInstant), pass.countSQL(.all), pass.countSQL(.chosen),
            pass.frontierSQL,
        ]
        for sql in others {
            for line in try plan(of: sql).split(separator: "\n") {
                let isScan = line.contains("SCAN") && line != "SCAN CONSTANT ROW"
                #expect(!isScan, "\(sql)", sourceLocation: location)
                #expect(!line.contains("TEMP B-TREE"), "\(sql)", sourceLocation: location)
            }
        }
    }

    /// What EXPLAIN QUERY PLAN says, a line for each step, indented by what belongs to what.
    private func plan(of sql: String) throws -> String {
        let connection = try Connection(shop.catalog, .readOnly)
        try connection.run("CREATE TEMP TABLE chosen (id INTEGER PRIMARY KEY) STRICT")
        let steps = try connection.statement("EXPLAIN QUERY PLAN \(sql)")
        var depths = [0: 0]
        var lines: [String] = []
        while try steps.step() {
            let depth = depths[steps.row.integer(1)] ?? 0
            depths[steps.row.integer(0)] = depth + 1
            lines.append(String(repeating: "  ", count: depth) + steps.row.text(3))
        }
        return lines.joined(separator: "\n")
    }

    @Test func captionsOfConcepts() throws {
        let expected = """
            SEARCH concept USING INTEGER PRIMARY KEY (rowid>?)
            SEARCH template USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
            CORRELATED SCALAR SUBQUERY 1
              SEARCH caption USING COVERING INDEX caption_by_concept (concept_id=? AND strategy=? AND template_id=?)
            """
        try expect(expected, of: CaptionStage.self, ["--strategy", "name"])
        try expect(expected, of: CaptionStage.self, ["--templates", "wardrobe"])
    }

    @Test func conditioningsOfCaptions() throws {
        let expected = """
            SEARCH caption USING INTEGER PRIMARY KEY (rowid>?)
            CORRELATED SCALAR SUBQUERY 1
              SEARCH conditioning USING INDEX conditioning_by_caption (caption_id=? AND model_id=?)
            CORRELATED SCALAR SUBQUERY 2
              SEARCH claim USING PRIMARY KEY (work=? AND item=?)
            """
        // The first pass is over one row that is in no table: the empty prompt.
        try expect(expected, of: EmbedStage.self, pass: 1, ["--model", "starter:diffusion"])
    }

    @Test func imagesOfConditionings() throws {
        let expected = """
            SEARCH conditioning USING INTEGER PRIMARY KEY (rowid>?)
            CORRELATED SCALAR SUBQUERY 1
              SEARCH generation USING COVERING INDEX generation_by_request (sampling_id=? AND conditioning_id=? AND ordinal=?)
            CORRELATED SCALAR SUBQUERY 2
              SEARCH refusal USING COVERING INDEX refusal_by_subject (stage=? AND subject=?)
            CORRELATED SCALAR SUBQUERY 3
              SEARCH claim USING PRIMARY KEY (work=? AND item=?)
            SEARCH caption USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
            """
        try expect(expected, of: GenerateStage.self, pass: 3, ["--model", "starter:diffusion"])
    }

    @Test func scoresOfImages() throws {
        let search = "SEARCH image USING INTEGER PRIMARY KEY (rowid>?)\n"
        let rest = { (first: Int) in
            """
            CORRELATED SCALAR SUBQUERY \(first)
              SEARCH score USING COVERING INDEX score_by_image (image_id=? AND measurement_id=?)
            CORRELATED SCALAR SUBQUERY \(first + 1)
              SEARCH refusal USING COVERING INDEX refusal_by_subject (stage=? AND subject=?)
            CORRELATED SCALAR SUBQUERY \(first + 2)
              SEARCH claim USING PRIMARY KEY (work=? AND item=?)
            SEARCH caption USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN
            """
        }
        let model = ["--model", "starter:clip"]
        try expect(
            search + rest(1), of: ScoreStage.self, model + ["--measure", "clip-similarity"])
        let classes = """
            LIST SUBQUERY 1
              SEARCH concept USING COVERING INDEX sqlite_autoindex_concept_2 (vocabulary_id=?)

            """
        try expect(
            search + classes + rest(2), of: ScoreStage.self,
            model + ["--measure", "clip-confidence", "--templates", "wardrobe"])
    }

    @Test func decisionsOnScores() throws {
        try shop.succeed("score", "--model", "starter:clip", "--measure", "clip-similarity")
        let expected = """
            SEARCH score USING INTEGER PRIMARY KEY (rowid>?)
            CORRELATED SCALAR SUBQUERY 1
              SEARCH decision USING COVERING INDEX decision_by_image (image_id=? AND filter_rule_id=?)
            SEARCH image USING INTEGER PRIMARY KEY (rowid=?)
            """
        try expect(expected, of: FilterStage.self, ["--rule-named", "clip-similarity"])
    }
}
