import CTurboJPEG
import Diagnostics

/// JPEG by TurboJPEG, whose interface reports errors by value.
public enum JPEGCodec {
    static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

    /// Decodes a JPEG to RGB; an orientation in its EXIF data is not applied.
    ///
    /// - Throws: badInput that names the file where it is damaged, cut short, or larger than the limits.
    public static func decode(
        _ bytes: [UInt8], name: String, limits: ImageLimits = ImageLimits()
    ) throws(Failure) -> RGBImage {
        guard let handle = tjInitDecompress() else { throw Failure(.bug, "TurboJPEG does not start") }
        defer { tjDestroy(handle) }
        var width: Int32 = 0
        var height: Int32 = 0
        var subsampling: Int32 = 0
        var colorspace: Int32 = 0
        guard
            tjDecompressHeader3(
                handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &colorspace) == 0
        else { throw damaged(name, handle) }
        try limits.check(width: Int(width), height: Int(height), name: name)
        let isInk = colorspace == TJCS_CMYK.rawValue || colorspace == TJCS_YCCK.rawValue
        let format = isInk ? TJPF_CMYK.rawValue : TJPF_RGB.rawValue
        let count = Int(width) * Int(height) * (isInk ? 4 : 3)
        var status: Int32 = -1
        let levels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            status = tjDecompress2(
                handle, bytes, UInt(bytes.count), buffer.baseAddress, width, 0, height, format,
                TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
            filled = status == 0 ? count : 0
        }
        guard status == 0 else { throw damaged(name, handle) }
        return RGBImage(
            width: Int(width), height: Int(height),
            pixels: isInk ? light(fromInvertedInk: levels) : levels)
    }

    /// The picture as a JPEG with 4:2:0 chroma; quality from 1 to 100.
    public static func encode(_ picture: RGBImage, quality: Int) throws(Failure) -> [UInt8] {
        precondition((1...100).contains(quality))
        guard let handle = tjInitCompress() else { throw Failure(.bug, "TurboJPEG does not start") }
        defer { tjDestroy(handle) }
        let width = Int32(picture.width)
        let height = Int32(picture.height)
        var size = tjBufSize(width, height, Int32(TJSAMP_420.rawValue))
        var status: Int32 = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, filled in
            var target = buffer.baseAddress
            status = tjCompress2(
                handle, picture.pixels, width, 0, height, Int32(TJPF_RGB.rawValue), &target, &size,
                Int32(TJSAMP_420.rawValue), Int32(quality), TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC)
            filled = status == 0 ? Int(size) : 0
        }
        guard status == 0 else {
            throw Failure(
                .bug, "TurboJPEG cannot encode a picture: \(String(cString: tjGetErrorStr2(handle)))")
        }
        return bytes
    }

    /// RGB from the inverted CMYK that JPEG files hold by Adobe's custom: each colour times black.
    private static func light(fromInvertedInk levels: [UInt8]) -> [UInt8] {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(levels.count / 4 * 3)
        for start in stride(from: 0, to: levels.count, by: 4) {
            let black = Int(levels[start + 3])
            for channel in 0..<3 { pixels.append(UInt8((Int(levels[start + channel]) * black + 127) / 255)) }
        }
        return pixels
    }

    private static func damaged(_ name: String, _ handle: tjhandle) -> Failure {
        Failure(
            .badInput, "\(name): not a whole JPEG (\(String(cString: tjGetErrorStr2(handle))))",
            hint: "Replace it by an undamaged copy.")
    }
}
