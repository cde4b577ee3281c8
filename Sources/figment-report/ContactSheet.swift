import ImageCodecs

/// Pictures in rows, a class to a row, each 64 pixels across at most; what was rejected has a red edge.
///
/// Its size follows from the number of pictures alone, whatever theirs is, and is bounded: of very many the first are
/// shown.
struct ContactSheet {
    /// A picture as it comes onto the sheet.
    struct Thumbnail {
        let concept: String
        let isRejected: Bool
        fileprivate let picture: RGBImage

        init(_ entry: ReportEntry, _ picture: RGBImage) {
            concept = entry.concept
            isRejected = entry.isKept == false
            self.picture = picture.fitting(ContactSheet.side)
        }
    }

    let picture: RGBImage
    /// How many of the pictures it shows.
    let count: Int

    private static let side = 64
    private static let edge = 2
    private static let cell = side + 2 * edge + 2
    private static let paper = SIMD3<UInt8>(255, 255, 255)
    private static let red = SIMD3<UInt8>(208, 32, 32)
    /// The most pixels of a sheet.
    private static let pixelLimit = 64_000_000

    init(_ thumbnails: [Thumbnail], columns: Int) {
        var places: [(row: Int, column: Int)] = []
        for (index, thumbnail) in thumbnails.enumerated() {
            guard let last = places.last else {
                places.append((0, 0))
                continue
            }
            let isNewRow = thumbnails[index - 1].concept != thumbnail.concept || last.column + 1 == columns
            places.append(isNewRow ? (last.row + 1, 0) : (last.row, last.column + 1))
        }
        let width = Self.cell * ((places.map(\.column).max() ?? 0) + 1)
        let rowLimit = max(1, Self.pixelLimit / (width * Self.cell))
        let shown = places.prefix { $0.row < rowLimit }
        let height = Self.cell * ((shown.last?.row ?? 0) + 1)
        var pixels = [UInt8](repeating: 255, count: width * height * 3)
        for (place, thumbnail) in zip(shown, thumbnails) {
            let corner = (x: place.column * Self.cell, y: place.row * Self.cell)
            Self.draw(thumbnail, at: corner, into: &pixels, width: width)
        }
        picture = RGBImage(width: width, height: height, pixels: pixels)
        count = shown.count
    }

    private static func draw(
        _ thumbnail: Thumbnail, at corner: (x: Int, y: Int), into pixels: inout [UInt8], width: Int
    ) {
        let image = thumbnail.picture
        let frame = thumbnail.isRejected ? red : paper
        for y in 0..<image.height + 2 * edge {
            for x in 0..<image.width + 2 * edge {
                let inside = (x: x - edge, y: y - edge)
                let isInside =
                    (0..<image.width).contains(inside.x) && (0..<image.height).contains(inside.y)
                let source = isInside ? (inside.y * image.width + inside.x) * 3 : 0
                let target = ((corner.y + y) * width + corner.x + x) * 3
                for channel in 0..<3 {
                    pixels[target + channel] = isInside ? image.pixels[source + channel] : frame[channel]
                }
            }
        }
    }
}

extension RGBImage {
    /// The picture magnified by a whole number, or shrunk, so that it just fits into a square.
    fileprivate func fitting(_ side: Int) -> RGBImage {
        let longest = max(width, height)
        if longest > side {
            return resized(
                width: max(1, width * side / longest), height: max(1, height * side / longest),
                filter: .bilinear)
        }
        let scale = side / longest
        guard scale > 1 else { return self }
        var magnified: [UInt8] = []
        magnified.reserveCapacity(pixels.count * scale * scale)
        for row in 0..<height {
            let start = magnified.count
            for column in 0..<width {
                let pixel = pixels[(row * width + column) * 3..<(row * width + column + 1) * 3]
                for _ in 0..<scale { magnified.append(contentsOf: pixel) }
            }
            let line = magnified[start...]
            for _ in 1..<scale { magnified.append(contentsOf: line) }
        }
        return RGBImage(width: width * scale, height: height * scale, pixels: magnified)
    }
}
