import Catalogs
import Diagnostics
import ImageCodecs

extension ImageFacts {
    /// Decodes a picture's file.
    ///
    /// - Throws: badInput where it is none.
    @Sendable static func read(_ bytes: [UInt8]) throws(Failure) -> ImageFacts {
        let (picture, format) = try ImageFile.decode(bytes, name: "it")
        return ImageFacts(
            format: format.rawValue, width: picture.width, height: picture.height,
            pixels: picture.pixelDigest)
    }
}
