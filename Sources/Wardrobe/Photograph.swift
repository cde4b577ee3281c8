import Diagnostics

/// A grey photograph of Fashion-MNIST: 28 by 28 levels, a bright garment on black.
public struct Photograph: Hashable, Sendable {
    /// Rows and columns.
    public static let side = 28

    /// H × W levels, row by row from the top left.
    public let grey: [UInt8]

    /// Takes H × W levels; throws `badInput` unless there are 28 × 28.
    public init(grey: [UInt8]) throws(Failure) {
        guard grey.count == Photograph.side * Photograph.side else {
            throw Failure(
                .badInput, "a Wardrobe photograph has \(grey.count) pixels, not 28 × 28",
                hint: "use the image files of the Debian package dataset-fashion-mnist")
        }
        self.grey = grey
    }
}
