import Diagnostics
import Digests
import Foundation
import ImageCodecs
import TestSupport
import Testing

@Suite struct DecodingTests {
    @Test func decodesEveryKindAsPillowDoes() throws {
        let golden = try ImageGolden.load()
        #expect(golden.decoded.count == 15)
        for (name, expected) in golden.decoded {
            let pixels = try #require([UInt8](hex: expected.pixels))
            let reference = RGBImage(width: expected.width, height: expected.height, pixels: pixels)
            let picture = try ImageGolden.picture(name)
            // Where alpha or black mixes, Pillow rounds otherwise; the transform of a JPEG leaves that freedom too.
            let tolerance = name.hasSuffix(".jpg") || name.contains("a.png") || name.contains("alpha") ? 1 : 0
            let difference = try #require(largestDifference(picture, reference), "\(name)")
            #expect(difference <= tolerance, "\(name)")
        }
    }

    @Test func tellsTheFormatByTheBytes() throws {
        for (name, format) in [("rgb.png", ImageFile.Format.png), ("rgb.jpg", .jpeg)] {
            let bytes = try Fixture.bytes("ImageCodecs/\(name)")
            #expect(try ImageFile.decode(bytes, name: "picture.gif").format == format)
        }
    }

    @Test func laysWhatIsTransparentOverABackground() throws {
        let bytes = try Fixture.bytes("ImageCodecs/rgba.png")
        let black = try PNGCodec.decode(bytes, name: "rgba.png").pixels
        let grey = try PNGCodec.decode(bytes, name: "rgba.png", background: SIMD3(repeating: 200)).pixels
        // Alpha rises from 0 at the first pixel to 255 at the last.
        #expect(black.prefix(3) == [0, 0, 0] && grey.prefix(3) == [200, 200, 200])
        #expect(black.suffix(3) == grey.suffix(3))
        #expect(zip(black, grey).allSatisfy { $0 <= $1 })
    }

    @Test func aPNGComesBackAsItWasAndAlwaysInTheSameBytes() throws {
        let picture = try ImageGolden.picture("resize.png")
        let bytes = try PNGCodec.encode(picture)
        #expect(try PNGCodec.encode(picture) == bytes)
        #expect(try PNGCodec.decode(bytes, name: "again") == picture)
        let noise = RGBImage(
            width: 97, height: 31, pixels: SHA256.stream(count: 97 * 31 * 3))
        #expect(try PNGCodec.decode(PNGCodec.encode(noise), name: "noise") == noise)
        let dot = RGBImage(width: 1, height: 1, pixels: [1, 2, 3])
        #expect(try PNGCodec.decode(PNGCodec.encode(dot), name: "dot") == dot)
    }

    @Test func aJPEGComesBackNearlyAsItWas() throws {
        var pixels: [UInt8] = []
        for place in 0..<40 * 24 { pixels += [UInt8(place % 40) * 6, UInt8(place / 40) * 10, 90] }
        let smooth = RGBImage(width: 40, height: 24, pixels: pixels)
        let fine = try JPEGCodec.encode(smooth, quality: 95)
        let coarse = try JPEGCodec.encode(smooth, quality: 10)
        #expect(fine.count > coarse.count)
        #expect(try JPEGCodec.encode(smooth, quality: 95) == fine)
        let difference = try largestDifference(JPEGCodec.decode(fine, name: "fine"), smooth)
        #expect(try #require(difference) <= 12)
    }

    @Test func thePixelDigestIsThatOfThePixels() throws {
        let picture = RGBImage(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
        #expect(picture.pixelDigest == SHA256.digest(of: [1, 2, 3, 4, 5, 6]))
        #expect(
            try ImageGolden.picture("interlaced.png").pixelDigest
                == ImageGolden.picture("rgb.png").pixelDigest)
    }
}

extension SHA256 {
    /// Bytes that nothing compresses.
    fileprivate static func stream(count: Int) -> [UInt8] {
        (0...count / 32).flatMap { digest(of: "\($0)".utf8).bytes }.dropLast(32 - count % 32)
    }
}
