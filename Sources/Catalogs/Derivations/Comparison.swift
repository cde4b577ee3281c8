/// On which side of a rule's threshold images are kept.
public enum Comparison: String, CaseIterable, Sendable {
    case above
    case atLeast = "at-least"
    case below
    case atMost = "at-most"

    /// Whether a value stays.
    public func holds(_ value: Double, _ bound: Double) -> Bool {
        switch self {
        case .above: value > bound
        case .atLeast: value >= bound
        case .below: value < bound
        case .atMost: value <= bound
        }
    }

    /// The operator that says the same in SQL.
    public var sql: String {
        switch self {
        case .above: ">"
        case .atLeast: ">="
        case .below: "<"
        case .atMost: "<="
        }
    }
}
