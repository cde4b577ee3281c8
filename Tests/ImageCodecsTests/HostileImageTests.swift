import Diagnostics
import ImageCodecs
import TestSupport
import Testing

/// Files that are no pictures, or not whole: each gets one failure that names it.
@Suite struct HostileImageTests {
    @Test(arguments: [
        ("", "is empty"), ("GIF89a........", "but GIF"), ("BM..............", "but BMP"),
        ("RIFF....WEBPVP8 ", "but WebP"), ("not a picture", "neither PNG nor JPEG"),
        ("\u{7F}", "neither PNG nor JPEG"),
    ])
    func refusesOtherFiles(text: String, says: String) {
        let failure = #expect(throws: Failure.self) {
            try ImageFile.decode(Array(text.utf8), name: "x/y.png")
        }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.hasPrefix("x/y.png") == true)
        #expect(failure?.summary.contains(says) == true, "\(failure?.summary ?? "")")
        #expect(failure?.hint != nil)
    }

    @Test(arguments: [
        "rgb.png", "rgba.png", "palette.png", "rgb16.png", "rgb.jpg", "cmyk.jpg", "progressive.jpg",
    ])
    func refusesEveryTruncation(name: String) throws {
        let whole = try Fixture.bytes("ImageCodecs/\(name)")
        // A PNG's last 12 bytes are its end mark, a JPEG's last 2: without them every pixel is still there.
        for count in 0..<whole.count - 12 {
            #expect(throws: Failure.self, "\(count) bytes of \(name)") {
                try ImageFile.decode(Array(whole[..<count]), name: name)
            }
        }
    }

    @Test(arguments: ["rgba.png", "palette-transparent.png", "rgb.jpg", "cmyk-plain.jpg", "progressive.jpg"])
    func survivesEveryChangedByte(name: String) throws {
        let whole = try Fixture.bytes("ImageCodecs/\(name)")
        let limits = ImageLimits(pixels: 10_000)
        var refused = 0
        var unnamed = 0
        for index in whole.indices {
            for change in [0x01, 0x80, 0xFF] as [UInt8] {
                var bytes = whole
                bytes[index] ^= change
                do throws(Failure) {
                    _ = try ImageFile.decode(bytes, name: name, limits: limits)
                } catch {
                    refused += 1
                    if !error.summary.hasPrefix(name) { unnamed += 1 }
                }
            }
        }
        #expect(refused > 30)
        #expect(unnamed == 0)
    }

    @Test func refusesABombByItsHeader() throws {
        var png = try Fixture.bytes("ImageCodecs/rgb.png")
        // Width and height stand in bytes 16..<24; the check sum of the header in 29..<33.
        png.replaceSubrange(16..<24, with: [0x00, 0x0F, 0x42, 0x40, 0x00, 0x0F, 0x42, 0x40])
        png.replaceSubrange(29..<33, with: crc32(png[12..<29]))
        let failure = #expect(throws: Failure.self) { try ImageFile.decode(png, name: "bomb.png") }
        #expect(failure?.summary.contains("1000000 × 1000000 pixels") == true, "\(failure?.summary ?? "")")

        var jpeg = try Fixture.bytes("ImageCodecs/grey.jpg")
        let frame = try #require(jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        let other = #expect(throws: Failure.self) { try ImageFile.decode(jpeg, name: "bomb.jpg") }
        #expect(other?.summary.contains("65500 × 65500 pixels") == true, "\(other?.summary ?? "")")
    }

    @Test func refusesWhatIsBeyondTheLimits() throws {
        let bytes = try Fixture.bytes("ImageCodecs/rgb.png")
        #expect(
            try ImageFile.decode(bytes, name: "a", limits: ImageLimits(pixels: 13 * 9)).picture.width == 13)
        let wide = #expect(throws: Failure.self) {
            try ImageFile.decode(bytes, name: "a", limits: ImageLimits(pixels: 13 * 9 - 1))
        }
        #expect(wide?.summary.contains("the limit of 116") == true)
        let long = #expect(throws: Failure.self) {
            try ImageFile.decode(bytes, name: "a", limits: ImageLimits(bytes: bytes.count - 1))
        }
        #expect(long?.summary.contains("the limit of \(bytes.count - 1)") == true)
    }

    /// The check sum of PNG's chunks, big-endian.
    private func crc32(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let sum = ~bytes.reduce(~UInt32(0)) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 0 ? 0 : 0xEDB8_8320) }
        }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
    }
}
