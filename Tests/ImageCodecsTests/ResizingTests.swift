import ImageCodecs
import Testing

@Suite struct ResizingTests {
    @Test func givesEveryBitOfWhatPillowGives() throws {
        let golden = try ImageGolden.load().resized
        #expect(golden.count == 30)
        let source = try ImageGolden.picture("resize.png")
        for expected in golden {
            let filter = try #require(ResizeFilter(rawValue: expected.filter))
            let resized = source.resized(width: expected.width, height: expected.height, filter: filter)
            #expect((resized.width, resized.height) == (expected.width, expected.height))
            #expect(
                resized.pixelDigest.hex == expected.sha256,
                "\(expected.filter) to \(expected.width) × \(expected.height)")
        }
    }

    @Test(arguments: ResizeFilter.allCases) func keepsFlatColour(filter: ResizeFilter) {
        let flat = RGBImage(width: 5, height: 4, pixels: [UInt8](repeating: 255, count: 60))
        let resized = flat.resized(width: 17, height: 3, filter: filter)
        #expect(resized.pixels == [UInt8](repeating: 255, count: 17 * 3 * 3))
        #expect(flat.resized(width: 5, height: 4, filter: filter) == flat)
    }

    @Test func cropsTheMiddle() {
        let picture = RGBImage(width: 4, height: 3, pixels: (0..<12).flatMap { [UInt8($0), 0, 0] })
        func reds(_ part: RGBImage) -> [UInt8] {
            stride(from: 0, to: part.pixels.count, by: 3).map { part.pixels[$0] }
        }
        #expect(reds(picture.centreCropped(width: 2, height: 1)) == [5, 6])
        #expect(reds(picture.centreCropped(width: 1, height: 2)) == [1, 5])
        #expect(reds(picture.cropped(x: 3, y: 1, width: 1, height: 2)) == [7, 11])
        #expect(picture.centreCropped(width: 4, height: 3) == picture)
    }
}
