import CPNG
import Diagnostics

/// PNG by libpng's simplified interface, which reports errors by value; the classic one jumps across frames.
public enum PNGCodec {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// How many pixels the header promises; nil where there is none.
    static func pixelCount(of bytes: [UInt8]) -> Int? {
        // After the signature, the chunk IHDR: its size, its name, width and height.
        guard bytes.count >= 24 else { return nil }
        func number(at start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
        return number(at: 16) * number(at: 20)
    }

    /// The picture as a PNG of 8-bit RGB; the same picture gives the same bytes with one libpng and zlib.
    public static func encode(_ picture: RGBImage) throws(Failure) -> [UInt8] {
        var image = emptyImage()
        image.width = UInt32(picture.width)
        image.height = UInt32(picture.height)
        image.format = UInt32(PNG_FORMAT_FLAG_COLOR)
        image.flags = UInt32(PNG_IMAGE_FLAG_FAST)
        defer { png_image_free(&image) }
        let stride = Int32(picture.width * 3)
        // Deflate grows what it cannot shrink by less than a hundredth; chunks and filters add a little.
        var size = picture.pixels.count + picture.pixels.count / 50 + picture.height + 4_096
        var isDone: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            isDone = png_image_write_to_memory(
                &image, buffer.baseAddress, &size, 0, picture.pixels, stride, nil)
            count = isDone != 0 ? size : 0
        }
        guard isDone != 0 else { throw Failure(.bug, "libpng cannot encode a picture: \(image.problem)") }
        return bytes
    }

    /// Decodes any PNG to 8-bit RGB; a gamma other than sRGB's is converted, 16-bit levels are rounded.
    ///
    /// What is transparent is laid over `background`, each level being
    /// (alpha · level + (255 − alpha) · background) / 255, rounded.
    ///
    /// - Throws: badInput that names the file where it is damaged, cut short, or larger than the limits.
    public static func decode(
        _ bytes: [UInt8], name: String, limits: ImageLimits = ImageLimits(),
        background: SIMD3<UInt8> = SIMD3(0, 0, 0)
    ) throws(Failure) -> RGBImage {
        // libpng keeps the pointer that `begin` is given, so that everything happens while it holds.
        try bytes.withUnsafeBytes { source -> Result<RGBImage, Failure> in
            Result { () throws(Failure) in
                try decode(source, name: name, limits: limits, background: background)
            }
        }.get()
    }

    private static func decode(
        _ source: UnsafeRawBufferPointer, name: String, limits: ImageLimits, background: SIMD3<UInt8>
    ) throws(Failure) -> RGBImage {
        var image = emptyImage()
        defer { png_image_free(&image) }
        guard png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else {
            throw damaged(name, image)
        }
        let width = Int(image.width)
        let height = Int(image.height)
        try limits.check(width: width, height: height, name: name)
        let alpha = image.format & UInt32(PNG_FORMAT_FLAG_ALPHA)
        let stride = width * (alpha == 0 ? 3 : 4)
        image.format = UInt32(PNG_FORMAT_FLAG_COLOR) | alpha
        image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
        var isDone: Int32 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: stride * height) { buffer, count in
            isDone = png_image_finish_read(&image, nil, buffer.baseAddress, Int32(stride), nil)
            count = isDone != 0 ? width * height * 3 : 0
            if isDone != 0, alpha != 0 { makeOpaque(buffer, count: width * height, over: background) }
        }
        guard isDone != 0 else { throw damaged(name, image) }
        return RGBImage(width: width, height: height, pixels: pixels)
    }

    /// RGB from RGBA, laid over one colour, in place.
    private static func makeOpaque(
        _ levels: UnsafeMutableBufferPointer<UInt8>, count: Int, over background: SIMD3<UInt8>
    ) {
        for pixel in 0..<count {
            let alpha = Int(levels[pixel * 4 + 3])
            for channel in 0..<3 {
                let sum = alpha * Int(levels[pixel * 4 + channel]) + (255 - alpha) * Int(background[channel])
                levels[pixel * 3 + channel] = UInt8((sum + 127) / 255)
            }
        }
    }

    private static func emptyImage() -> png_image {
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        return image
    }

    private static func damaged(_ name: String, _ image: png_image) -> Failure {
        Failure(
            .badInput, "\(name): not a whole PNG (\(image.problem))", hint: "Replace it by an undamaged copy."
        )
    }
}

extension png_image {
    /// What libpng says went wrong.
    fileprivate var problem: String {
        withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
