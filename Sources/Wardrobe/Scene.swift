/// A finished picture of the Wardrobe world.
public struct Scene: Hashable, Sendable {
    /// Rows and columns.
    public static let side = 32

    /// H × W × 3 sRGB levels, row by row from the top left.
    public let pixels: [UInt8]
}
