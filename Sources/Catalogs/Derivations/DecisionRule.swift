import JSONValues

/// How a rule decides: by comparing the value of a measure with a threshold.
public struct DecisionRule: Sendable {
    /// The measure's name.
    public let measure: String
    /// On which side of the threshold an image is kept.
    public let keep: Comparison
    /// The number that values are compared with.
    public let bound: Double

    /// Makes a rule.
    public init(measure: String, keep: Comparison, bound: Double) {
        self.measure = measure
        self.keep = keep
        self.bound = bound
    }

    /// Reads a rule as `filter_rule.definition` has it.
    ///
    /// - Parameters:
    ///   - definition: JSON with the rule as `rule`.
    ///   - classes: how many classes the rule's measurement tells apart: a threshold of 1/K needs them.
    /// - Returns: nil where the definition is of a rule of another kind.
    init?(definition: JSONValue, classes: Int) {
        guard let rule = definition.object?["rule"]?.object, let measure = rule["measure"]?.string,
            let keep = rule["keep"]?.string.flatMap(Comparison.init(rawValue:))
        else { return nil }
        if rule["threshold"] == "1/K", classes > 0 {
            self.init(measure: measure, keep: keep, bound: 1 / Double(classes))
        } else if let number = rule["threshold"]?.number {
            self.init(measure: measure, keep: keep, bound: number)
        } else {
            return nil
        }
    }

    /// Whether a value stays, and the sentence that says why.
    public func verdict(on value: Double) -> (isKept: Bool, reason: String) {
        let isKept = keep.holds(value, bound)
        let relation = keep.rawValue.replacing("-", with: " ")
        return (isKept, "\(measure) \(value) is \(isKept ? "" : "not ")\(relation) \(bound)")
    }
}
