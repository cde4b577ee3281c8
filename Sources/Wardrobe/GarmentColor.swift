/// The colour a garment is dyed in; the raw value is its place in the list.
public enum GarmentColor: Int, CaseIterable, Hashable, Sendable {
    case red
    case orange
    case yellow
    case green
    case blue
    case purple
    case pink
    case white

    /// The English word, which is also the key in files and catalogs.
    public var name: String {
        switch self {
        case .red: "red"
        case .orange: "orange"
        case .yellow: "yellow"
        case .green: "green"
        case .blue: "blue"
        case .purple: "purple"
        case .pink: "pink"
        case .white: "white"
        }
    }

    /// The dye under full light, in sRGB levels.
    var dye: Paint {
        switch self {
        case .red: Paint(226, 24, 32)
        case .orange: Paint(255, 132, 0)
        case .yellow: Paint(255, 228, 30)
        case .green: Paint(36, 214, 66)
        case .blue: Paint(36, 78, 250)
        case .purple: Paint(146, 40, 222)
        case .pink: Paint(255, 128, 196)
        case .white: Paint(252, 252, 252)
        }
    }
}
