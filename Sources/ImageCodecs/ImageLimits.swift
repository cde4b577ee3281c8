import Diagnostics

/// How large a picture may be before it is refused unread: a small file can ask for any amount of memory.
public struct ImageLimits: Hashable, Sendable {
    /// The most pixels, W × H.
    public let pixels: Int
    /// The most bytes of a file.
    public let bytes: Int

    /// 64 megapixels and 512 MiB unless said otherwise.
    public init(pixels: Int = 64_000_000, bytes: Int = 512 << 20) {
        self.pixels = pixels
        self.bytes = bytes
    }

    /// Refuses a picture by the dimensions that its header gives.
    func check(width: Int, height: Int, name: String) throws(Failure) {
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
    }
}
