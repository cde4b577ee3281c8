/// What lies behind the garments; the raw value is its place in the list.
public enum Backdrop: Int, CaseIterable, Hashable, Sendable {
    case sand
    case grass
    case water
    case brick
    case wood
    case snow
    case night
    case checkers
    case stripes
    case stone

    /// A short identifier for files and catalogs.
    public var key: String {
        switch self {
        case .sand: "sand"
        case .grass: "grass"
        case .water: "water"
        case .brick: "brick"
        case .wood: "wood"
        case .snow: "snow"
        case .night: "night"
        case .checkers: "checkers"
        case .stripes: "stripes"
        case .stone: "stone"
        }
    }

    /// A noun phrase that follows "on" in a caption.
    public var name: String {
        switch self {
        case .brick: "a brick wall"
        case .night: "a night sky"
        default: key
        }
    }

    /// A word that stands before "background" in a caption.
    public var adjective: String {
        switch self {
        case .sand: "sandy"
        case .grass: "grassy"
        case .water: "watery"
        case .brick: "brick"
        case .wood: "wooden"
        case .snow: "snowy"
        case .night: "night sky"
        case .checkers: "checkered"
        case .stripes: "striped"
        case .stone: "stone"
        }
    }
}
