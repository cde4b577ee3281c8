import CTurboJPEG
import Diagnostics

/// JPEG by TurboJPEG, whose interface reports errors by value.
public enum JPEGCodec {
    static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

    /// How many pixels the header promises; nil where there is none.
    static func pixelCount(of bytes: [UInt8]) -> Int? {
        guard let handle = tjInitDecompress() else { return nil }
        defer { tjDestroy(handle) }
        var (width, height): (Int32, Int32) = (0, 0)
        var (subsampling, colorspace): (Int32, Int32) = (0, 0)
        let status = tjDecompressHeader3(
            handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &colorspace)
        return status == 0 ? Int(width) * Int(height) : nil
    }

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
        let count = Int(width) * Int(height)
        var status: Int32 = -1
        let pixels = [UInt8](unsafeUninitializedCapacity: count * (isInk ? 4 : 3)) { buffer, filled in
            status = tjDecompress2(
                handle, bytes, UInt(bytes.count), buffer.baseAddress, width, 0, height, format,
                TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
            filled = status == 0 ? count * 3 : 0
            if status == 0, isInk { makeLight(buffer, count: count) }
        }
        guard status == 0 else { throw damaged(name, handle) }
        return RGBImage(width: Int(width), height: Int(height), pixels: pixels)
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

    /// RGB from the inverted CMYK that JPEG files hold by Adobe's custom, in place: each colour times black.
    private static func makeLight(_ levels: UnsafeMutableBufferPointer<UInt8>, count: Int) {
        for pixel in 0..<count {
            let black = Int(levels[pixel * 4 + 3])
            for channel in 0..<3 {
                levels[pixel * 3 + channel] = UInt8((Int(levels[pixel * 4 + channel]) * black + 127) / 255)
            }
        }
    }

    private static func damaged(_ name: String, _ handle: tjhandle) -> Failure {
        Failure(
            .badInput, "\(name): not a whole JPEG (\(String(cString: tjGetErrorStr2(handle))))",
            hint: "Replace it by an undamaged copy.")
    }
}
