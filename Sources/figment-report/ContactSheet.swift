import ImageCodecs

/// Pictures in rows, a class to a row, magnified to about 64 pixels; what was rejected has a red edge.
struct ContactSheet {
    let picture: RGBImage

    private static let edge = 2
    private static let paper: [UInt8] = [255, 255, 255]
    private static let red: [UInt8] = [208, 32, 32]

    init(_ entries: [ReportEntry], _ pictures: [RGBImage], columns: Int) {
        let width = pictures.map(\.width).max() ?? 1
        let height = pictures.map(\.height).max() ?? 1
        let scale = max(1, 64 / max(width, height))
        let cell = (width: width * scale + 2 * Self.edge + 2, height: height * scale + 2 * Self.edge + 2)
        var places: [(row: Int, column: Int)] = []
        for (index, entry) in entries.enumerated() {
            guard let last = places.last else {
                places.append((0, 0))
                continue
            }
            let isNewRow = entries[index - 1].concept != entry.concept || last.column + 1 == columns
            places.append(isNewRow ? (last.row + 1, 0) : (last.row, last.column + 1))
        }
        let size = (
            width: cell.width * ((places.map(\.column).max() ?? 0) + 1),
            height: cell.height * ((places.map(\.row).max() ?? 0) + 1)
        )
        var pixels = [UInt8](repeating: 255, count: size.width * size.height * 3)
        for (index, place) in places.enumerated() {
            let image = pictures[index]
            let frame = entries[index].isKept == false ? Self.red : Self.paper
            for y in 0..<image.height * scale + 2 * Self.edge {
                for x in 0..<image.width * scale + 2 * Self.edge {
                    let target =
                        ((place.row * cell.height + y) * size.width + place.column * cell.width + x) * 3
                    let inside = (x: x - Self.edge, y: y - Self.edge)
                    let isInside =
                        (0..<image.width * scale).contains(inside.x)
                        && (0..<image.height * scale).contains(inside.y)
                    let source = isInside ? (inside.y / scale * image.width + inside.x / scale) * 3 : 0
                    for channel in 0..<3 {
                        pixels[target + channel] = isInside ? image.pixels[source + channel] : frame[channel]
                    }
                }
            }
        }
        picture = RGBImage(width: size.width, height: size.height, pixels: pixels)
    }
}
