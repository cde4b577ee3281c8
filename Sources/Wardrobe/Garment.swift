/// What a photograph shows; the raw value is its label in Fashion-MNIST.
public enum Garment: Int, CaseIterable, Hashable, Sendable {
    case tShirt
    case trousers
    case pullover
    case dress
    case coat
    case sandal
    case shirt
    case sneaker
    case bag
    case ankleBoot

    /// A short identifier for files and catalogs.
    public var key: String {
        switch self {
        case .tShirt: "t-shirt"
        case .trousers: "trousers"
        case .pullover: "pullover"
        case .dress: "dress"
        case .coat: "coat"
        case .sandal: "sandal"
        case .shirt: "shirt"
        case .sneaker: "sneaker"
        case .bag: "bag"
        case .ankleBoot: "ankle-boot"
        }
    }

    /// A singular noun phrase that follows "a" in a caption.
    public var name: String {
        switch self {
        case .trousers: "pair of trousers"
        case .ankleBoot: "ankle boot"
        default: key
        }
    }
}
