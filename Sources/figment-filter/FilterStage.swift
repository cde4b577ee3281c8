import Arguments
import Catalogs
import Diagnostics
import Digests
import Files
import JSONValues
import StageKit

/// Keeps or rejects images by comparing a score with a threshold; both verdicts are rows with value, threshold and
/// reason.
struct FilterStage: Stage {
    struct Score: StageItem {
        let id: Int
        let uid: String
        let imageID: Int
        let imageUID: String
        let value: Double
    }

    struct Decision: StageOutput {
        let score: Score
        let isKept: Bool
        let reason: String
    }

    private static let rule = Argument<String?>.optional("rule", .path("FILE"), "the rule, as JSON")
    private static let ruleNamed = Argument<String?>.optional(
        "rule-named", .choice(of: FilterRule.named.map(\.name)), "a rule that is known by name")
    private static let threshold = Argument<Double?>.optional(
        "threshold", .real(in: -1e9...1e9), "a number in place of the rule's own threshold")
    private static let measurement = Argument<String?>.optional(
        "measurement", .text("UID"),
        "which measurement of the rule's measure to read, where there are several (default: the newest)")

    static let syntax = CommandSyntax(
        "figment-filter", "keeps or rejects images by a rule",
        discussion: """
            Compares each image's score with a threshold and records the verdict, kept or rejected, with the \
            value, the threshold and the reason. Nothing is removed.
            A rule file: {"name": "…", "measure": "clip-confidence", "keep": "above", "threshold": "1/K"}; \
            'keep' is above, at-least, below or at-most; 'threshold' is a number, or 1/K over K classes.
            """,
        [rule, ruleNamed, threshold, measurement])
    static let unit = "decisions"
    static let defaultBatch = 1_000
    static let isInstant = true

    private let rule: DecisionRule
    private let definition: Definition
    private let measurementID: Int

    init(_ arguments: ParsedArguments, _ session: Session) throws(Failure) {
        let rule = try Self.readRule(arguments)
        let measurement = try Measurement.find(
            rule.measure, uid: arguments[Self.measurement], in: session.catalog)
        measurementID = measurement.id
        self.rule = try rule.decisionRule(classes: measurement.classes)
        let text: JSONValue = ["measurement": .string(measurement.uid), "rule": rule.definition]
        let newest = try Self.newest(rule.name, in: session.catalog)
        if let newest, newest.definition == text.canonicalText, let known = UID(hex: newest.uid) {
            definition = Definition(recorded: known, id: newest.id)
        } else {
            // What it replaces is a part of it: a rule that was replaced decides anew when it is asked for again.
            let uid = UID(
                of: "filter_rule",
                [
                    ("definition", text), ("name", .string(rule.name)),
                    ("replaces", newest.map { .string($0.uid) } ?? .null),
                ])
            definition = try session.define("filter_rule", uid) {
                [
                    "name": .text(rule.name), "definition": .text(text.canonicalText),
                    "replaces_id": newest.map { .integer($0.id) } ?? .null,
                ]
            }
        }
    }

    /// The newest rule of a name.
    private static func newest(
        _ name: String, in catalog: Catalog
    ) throws(Failure) -> (id: Int, uid: String, definition: String)? {
        try catalog.rows(
            """
            SELECT id, uid, definition FROM filter_rule WHERE name = ?
            ORDER BY \(NewestFirst.order(of: "filter_rule")) LIMIT 1
            """, [.text(name)]
        ) { (id: $0.integer(0), uid: $0.text(1), definition: $0.text(2)) }.first
    }

    private static func readRule(_ arguments: ParsedArguments) throws(Failure) -> FilterRule {
        var chosen: FilterRule
        switch (arguments[Self.rule], arguments[ruleNamed]) {
        case (let file?, nil):
            chosen = try FilterRule(parsing: InputFile(file).bytes(limit: 1 << 20), file: file)
        case (nil, let name?):
            guard let named = FilterRule.named.first(where: { $0.name == name }) else {
                throw Failure(.bug, "the rule '\(name)' is declared but not known")
            }
            chosen = named
        default:
            throw Failure(
                .usage, "give one rule: --rule FILE or --rule-named NAME",
                hint: "See 'figment filter --help'.")
        }
        if let threshold = arguments[Self.threshold] { chosen = chosen.with(threshold: threshold) }
        return chosen
    }

    func pass(_ number: Int) -> Pass<Score> {
        Pass(
            work: "filter \(definition.uid)", over: "score.id", of: "score",
            joins: "JOIN image ON image.id = score.image_id",
            columns: "score.id, score.uid, image.id, image.uid, score.value",
            where: """
                score.measurement_id = :measurement AND NOT EXISTS (
                    SELECT 1 FROM decision WHERE decision.image_id = score.image_id AND filter_rule_id = :rule)
                """,
            choice: "score.image_id",
            [":measurement": .integer(measurementID), ":rule": definition.reference]
        ) { row in
            Score(
                id: row.integer(0), uid: row.text(1), imageID: row.integer(2), imageUID: row.text(3),
                value: row.real(4))
        }
    }

    func process(_ items: [Score]) -> [Decision] {
        items.map { score in
            let verdict = rule.verdict(on: score.value)
            return Decision(score: score, isKept: verdict.isKept, reason: verdict.reason)
        }
    }

    func append(
        _ output: Decision, payloads: [StoredPayload], run: Run, to catalog: Catalog
    ) throws(Failure) {
        let uid = UID(
            of: "decision",
            [
                ("filter_rule", .string(definition.uid.hex)), ("image", .string(output.score.imageUID)),
                ("score", .string(output.score.uid)),
            ])
        try catalog.append(
            "decision", uid,
            [
                "filter_rule_id": definition.reference, "image_id": .integer(output.score.imageID),
                "score_id": .integer(output.score.id), "verdict": .text(output.isKept ? "kept" : "rejected"),
                "value": .real(output.score.value), "threshold": .real(rule.bound),
                "reason": .text(output.reason),
                "run_id": .integer(run.id),
            ])
    }
}
