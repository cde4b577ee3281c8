/// How group normalizations go through x[B, P, C]: tiles of each image's pixels side by side, and means over groups of
/// channels.
struct GroupTiling {
    let batch, pixels, channels, groups: Int
    private let tiles: Tiling

    init(batch: Int, pixels: Int, channels: Int, groups: Int) {
        precondition(channels % groups == 0, "\(channels) channels make no \(groups) equal groups")
        self.batch = batch
        self.pixels = pixels
        self.channels = channels
        self.groups = groups
        tiles = Tiling(pixels, target: 1024)
    }

    /// The tiles of all images: rows of channel sums that a pass over them makes.
    var tileCount: Int { batch * tiles.count }

    /// Runs `body` on every tile of every image; `pixels` counts from the first image's first.
    func forEachTile(_ body: (_ image: Int, _ tile: Int, _ pixels: Range<Int>) -> Void) {
        parallelFor(tileCount, work: batch * pixels * channels * valueWork) { range in
            for index in range {
                let image = index / tiles.count
                let tile = tiles[index % tiles.count]
                let first = image * pixels
                body(image, index, first + tile.lowerBound..<first + tile.upperBound)
            }
        }
    }

    /// Puts into rows[B, C] the mean over each image's group of what the tiles summed, sums[tileCount, C], for every
    /// channel of the group.
    func spreadMeans(of sums: Floats, into rows: MutableFloats, _ finish: (Double) -> Double = { $0 }) {
        let width = channels / groups
        for image in 0..<batch {
            for group in 0..<groups {
                var total = 0.0
                for tile in 0..<tiles.count {
                    let row = sums + (image * tiles.count + tile) * channels + group * width
                    for channel in 0..<width { total += Double(row[channel]) }
                }
                (rows + image * channels + group * width).update(
                    repeating: Float(finish(total / Double(pixels * width))), count: width)
            }
        }
    }

    /// Puts the mean of each image's group, and the reciprocal of its deviation, into rows [B, C].
    ///
    /// - Parameter sums: room for [tileCount, C].
    func moments(
        of x: Floats, epsilon: Float, sums: MutableFloats, centres: MutableFloats, factors: MutableFloats
    ) {
        forEachTile { _, tile, pixels in
            let row = sums + tile * channels
            row.update(repeating: 0, count: channels)
            for pixel in pixels { accumulate(x + pixel * channels, into: row, count: channels) }
        }
        spreadMeans(of: sums, into: centres)
        forEachTile { image, tile, pixels in
            let row = sums + tile * channels
            let centre = centres + image * channels
            row.update(repeating: 0, count: channels)
            for pixel in pixels {
                accumulateSquares(x + pixel * channels, around: centre, into: row, count: channels)
            }
        }
        spreadMeans(of: sums, into: factors) { 1 / ($0 + Double(epsilon)).squareRoot() }
    }
}

private func accumulate(_ x: Floats, into sums: MutableFloats, count: Int) {
    for index in 0..<count { sums[index] += x[index] }
}

private func accumulateSquares(_ x: Floats, around centre: Floats, into sums: MutableFloats, count: Int) {
    for index in 0..<count {
        let distance = x[index] - centre[index]
        sums[index] += distance * distance
    }
}
