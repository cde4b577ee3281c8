import Diagnostics

/// How large a picture may be before it is refused unread: a small file can ask for any amount of memory.
///
/// The limits hold where pictures come into a catalog, from whatever file: `ImageLimits()`. What is in one has a row that
/// states its size, and is read by that.
public struct ImageLimits: Hashable, Sendable {
    /// The most pixels, W × H.
    public let pixels: Int
    /// The most pixels along a side; PNG readers know no more.
    public let side: Int
    /// The most bytes of a file.
    public let bytes: Int

    /// The most pixels that any row may state, 2^29.
    public static let mostPixels = 1 << 29

    /// 64 megapixels, a million of them along a side, and 256 MiB unless said otherwise.
    public init(pixels: Int = 64_000_000, side: Int = 1_000_000, bytes: Int = 256 << 20) {
        self.pixels = pixels
        self.side = side
        self.bytes = bytes
    }

    /// What a picture may take of which a row states the size: this, where that is more than what comes in today.
    public static func stated(width: Int, height: Int, bytes: Int) -> ImageLimits {
        let usual = ImageLimits()
        let (count, isTooLarge) = width.multipliedReportingOverflow(by: height)
        return ImageLimits(
            pixels: max(usual.pixels, isTooLarge || count > mostPixels ? 0 : count),
            side: max(usual.side, width, height), bytes: max(usual.bytes, bytes))
    }

    /// Refuses a picture by the dimensions that its header gives.
    public func check(width: Int, height: Int, name: String) throws(Failure) {
        guard width > 0, height > 0 else {
            throw Failure(
                .badInput, "\(name): its header says \(width) × \(height) pixels",
                hint: "Check that it is whole.")
        }
        let (count, isTooLarge) = width.multipliedReportingOverflow(by: height)
        guard !isTooLarge, count <= pixels else {
            throw Failure(
                .badInput, "\(name): \(width) × \(height) pixels, more than the limit of \(pixels)",
                hint: "Scale it down first.")
        }
        guard max(width, height) <= side else {
            throw Failure(
                .badInput,
                "\(name): \(width) × \(height) pixels, more than the limit of \(side) along a side",
                hint: "Cut it into smaller pictures.")
        }
    }
}
