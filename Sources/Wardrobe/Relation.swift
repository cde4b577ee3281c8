/// Where the garment a scene is about lies as seen from a second one.
public enum Relation: Int, CaseIterable, Hashable, Sendable {
    case leftOf
    case rightOf
    case above
    case below
    case inFrontOf
    case behind

    /// A short identifier for files and catalogs.
    public var key: String { phrase.split(separator: " ").joined(separator: "-") }

    /// The words between the two garments in a caption.
    public var phrase: String {
        switch self {
        case .leftOf: "to the left of"
        case .rightOf: "to the right of"
        case .above: "above"
        case .below: "below"
        case .inFrontOf: "in front of"
        case .behind: "behind"
        }
    }
}
