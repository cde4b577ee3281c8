import Catalogs
import Diagnostics
import ImageCodecs
import Synchronization

extension ImageFacts {
    /// Decodes a picture's file: one of the catalog as its row states it, one that is to come into it as any import.
    ///
    /// - Throws: badInput where it is none, or larger than that.
    @Sendable static func read(_ bytes: [UInt8], _ stated: Catalog.PixelCount?) throws(Failure) -> ImageFacts
    {
        guard ImageFile.pixelCount(of: bytes) ?? 0 > 4_000_000 else { return try decode(bytes, stated) }
        return try largeOne.withLock { _ throws(Failure) in try decode(bytes, stated) }
    }

    /// Held by the one large picture that is decoded at a time: many at once would take the memory of many.
    private static let largeOne = Mutex(())

    private static func decode(_ bytes: [UInt8], _ stated: Catalog.PixelCount?) throws(Failure) -> ImageFacts
    {
        let limits =
            stated.map { ImageLimits.stated(width: $0.width, height: $0.height, bytes: bytes.count) }
            ?? ImageLimits()
        let (picture, format) = try ImageFile.decode(bytes, name: "it", limits: limits)
        return ImageFacts(
            format: format.rawValue, width: picture.width, height: picture.height,
            pixels: picture.pixelDigest)
    }
}
