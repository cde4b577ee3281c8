import JSONValues

/// Why an image is in one snapshot and not, or not so, in another.
enum DifferenceReason {
    /// It was recorded, by this run, after the other snapshot's query had run.
    case newer(run: String)
    /// A rule's newest verdict was another.
    case verdict(rule: String, before: Horizon.Finding?, after: Horizon.Finding?)
    /// A rule gave the same verdict anew, on another value or against another threshold.
    case decision(rule: String, before: Horizon.Finding, after: Horizon.Finding)
    /// A measure's newest value was another.
    case score(measure: String, before: Horizon.Finding?, after: Horizon.Finding?)
    /// The snapshots' variants ask differently.
    case query
    /// Nothing of its own has changed: the query looks at other rows as well.
    case otherRows

    /// What it is called, in counts and in JSON.
    var kind: String {
        switch self {
        case .newer: "newer image"
        case .verdict: "other verdict"
        case .decision: "decided anew"
        case .score: "other score"
        case .query: "other query"
        case .otherRows: "other rows"
        }
    }

    var json: JSONValue {
        var object = JSONObject([("reason", .string(kind))])
        func add(_ name: String, _ value: String, _ before: Horizon.Finding?, _ after: Horizon.Finding?) {
            object[name] = .string(value)
            object["before"] = before?.json ?? .null
            object["after"] = after?.json ?? .null
        }
        switch self {
        case .newer(let run): object["run"] = .string(run)
        case .verdict(let rule, let before, let after): add("rule", rule, before, after)
        case .decision(let rule, let before, let after): add("rule", rule, before, after)
        case .score(let measure, let before, let after): add("measure", measure, before, after)
        case .query, .otherRows: break
        }
        return .object(object)
    }

    var text: String {
        switch self {
        case .newer(let run): "newer image: recorded later, by run \(run.prefix(12))"
        case .verdict(let name, let before, let after), .score(let name, let before, let after):
            "\(kind): \(name): \(before?.text ?? "none") → \(after?.text ?? "none")"
        case .decision(let name, let before, let after): "\(kind): \(name): \(before.text) → \(after.text)"
        case .query: "other query: the two variants ask differently"
        case .otherRows: "other rows: nothing of its own has changed; the query looks at other rows as well"
        }
    }

    /// The reasons that two states of what is known of an image give, the most telling first.
    static func between(
        decisions: (before: [String: Horizon.Finding], after: [String: Horizon.Finding]),
        scores: (before: [String: Horizon.Finding], after: [String: Horizon.Finding])
    ) -> [DifferenceReason] {
        var verdicts: [DifferenceReason] = []
        var anew: [DifferenceReason] = []
        for rule in Set(decisions.before.keys).union(decisions.after.keys).sorted() {
            let (before, after) = (decisions.before[rule], decisions.after[rule])
            if before?.verdict != after?.verdict {
                verdicts.append(.verdict(rule: rule, before: before, after: after))
            } else if let before, let after, before.uid != after.uid {
                anew.append(.decision(rule: rule, before: before, after: after))
            }
        }
        var others: [DifferenceReason] = []
        for measure in Set(scores.before.keys).union(scores.after.keys).sorted() {
            let (before, after) = (scores.before[measure], scores.after[measure])
            if before?.value != after?.value {
                others.append(.score(measure: measure, before: before, after: after))
            }
        }
        return verdicts + anew + others
    }
}
