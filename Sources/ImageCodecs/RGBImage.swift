import Digests

/// A picture of 8-bit sRGB levels.
public struct RGBImage: Hashable, Sendable {
    /// Columns.
    public let width: Int
    /// Rows.
    public let height: Int
    /// H × W × 3 levels, row by row from the top left.
    public let pixels: [UInt8]

    /// Makes a picture; `pixels` holds H × W × 3 levels.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == width * height * 3)
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// SHA-256 of the levels in their order, as `hashlib.sha256(Image.open(…).convert("RGB").tobytes())` gives it.
    public var pixelDigest: Digest { SHA256.digest(of: pixels) }
}
