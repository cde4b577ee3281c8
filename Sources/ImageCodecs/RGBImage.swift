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

    /// The part of W × H pixels from column `x` and row `y` on.
    public func cropped(x: Int, y: Int, width: Int, height: Int) -> RGBImage {
        precondition(x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height)
        var part: [UInt8] = []
        part.reserveCapacity(width * height * 3)
        for row in y..<y + height {
            let start = (row * self.width + x) * 3
            part.append(contentsOf: pixels[start..<start + width * 3])
        }
        return RGBImage(width: width, height: height, pixels: part)
    }

    /// The middle part of W × H pixels; an odd margin loses its smaller half at the left and the top.
    public func centreCropped(width: Int, height: Int) -> RGBImage {
        cropped(x: (self.width - width) / 2, y: (self.height - height) / 2, width: width, height: height)
    }
}
