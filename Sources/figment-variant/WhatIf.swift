import Catalogs
import Diagnostics
import JSONValues
import StageKit
import Texts

/// A rule as it was last defined, to be asked what it would decide at another threshold.
struct DecidedRule {
    let name: String
    let comparison: Comparison

    /// - Throws: missingResource with the rules that there are; catalog where its definition is not to be understood.
    init(named name: String, in catalog: Catalog) throws(Failure) {
        let known = try catalog.rows(
            """
            SELECT definition FROM filter_rule WHERE name = ?
            ORDER BY \(NewestFirst.order(of: "filter_rule")) LIMIT 1
            """, [.text(name)]
        ) { $0.text(0) }
        guard let text = known.first else {
            let names = try catalog.rows("SELECT DISTINCT name FROM filter_rule ORDER BY name") {
                "'\($0.text(0))'"
            }
            throw Failure(
                .missingResource, "there is no rule '\(name)' in the catalog",
                hint: names.isEmpty
                    ? "Decide by one first: figment filter --rule FILE."
                    : "There are \(names.joined(separator: ", ")).")
        }
        let definition = try? JSONValue(parsing: text, source: "filter_rule.definition")
        guard let word = definition?.object?["rule"]?.object?["keep"]?.string,
            let comparison = Comparison(rawValue: word)
        else {
            throw Failure(
                .badInput, "the rule '\(name)' compares no value with a threshold: \(text)",
                hint: "Ask about a rule of figment filter.")
        }
        self.name = name
        self.comparison = comparison
    }

    /// `latest_decision` as it would be were the rule's threshold another one: what it decided stays decided, by the
    /// values that are recorded.
    func decisions(threshold: Double) -> String {
        let quoted = SQLText.literal(name)
        let isKept = "value \(comparison.sql) \(threshold)"
        return """
            SELECT image_id, rule,
                CASE WHEN rule <> \(quoted) OR value IS NULL THEN verdict
                    WHEN \(isKept) THEN 'kept' ELSE 'rejected' END AS verdict,
                value, CASE WHEN rule = \(quoted) THEN \(threshold) ELSE threshold END AS threshold,
                reason, filter_rule_id, score_id, decision_id
            FROM main.latest_decision
            """
    }
}

/// How far a rule's values lie from a threshold.
struct Margin {
    let keptCount: Int
    let rejectedCount: Int
    /// The values next to the threshold on its two sides.
    let nearestKept: Double?
    let nearestRejected: Double?

    init(_ rule: DecidedRule, threshold: Double, _ reader: CatalogReader) throws(Failure) {
        var counts = (kept: 0, rejected: 0)
        var nearest: (kept: Double?, rejected: Double?)
        func nearer(_ value: Double, _ other: Double?) -> Double {
            guard let other, abs(other - threshold) <= abs(value - threshold) else { return value }
            return other
        }
        try reader.queryAll(
            "SELECT value FROM latest_decision WHERE rule = \(SQLText.literal(rule.name)) AND value IS NOT NULL"
        ) { row in
            let value = row.real(0)
            if rule.comparison.holds(value, threshold) {
                counts.kept += 1
                nearest.kept = nearer(value, nearest.kept)
            } else {
                counts.rejected += 1
                nearest.rejected = nearer(value, nearest.rejected)
            }
        }
        (keptCount, rejectedCount) = counts
        (nearestKept, nearestRejected) = nearest
    }
}
