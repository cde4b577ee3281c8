import Foundation
import ImageCodecs
import TestSupport

/// What tools/goldens/images.py recorded of Pillow.
struct ImageGolden: Decodable {
    struct Decoded: Decodable {
        let width: Int
        let height: Int
        let pixels: String
    }

    struct Resized: Decodable {
        let filter: String
        let width: Int
        let height: Int
        let sha256: String
    }

    let decoded: [String: Decoded]
    let resized: [Resized]

    static func load() throws -> ImageGolden {
        try JSONDecoder().decode(Self.self, from: Data(Fixture.bytes("ImageCodecs/golden.json")))
    }

    /// A fixture, decoded by us.
    static func picture(_ name: String) throws -> RGBImage {
        try ImageFile.decode(Fixture.bytes("ImageCodecs/\(name)"), name: name).picture
    }
}

/// The largest difference of two pictures' levels; nil where their sizes differ.
func largestDifference(_ left: RGBImage, _ right: RGBImage) -> Int? {
    guard (left.width, left.height) == (right.width, right.height) else { return nil }
    return zip(left.pixels, right.pixels).map { abs(Int($0) - Int($1)) }.max()
}
