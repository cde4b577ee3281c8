/// Normalizes groups of channels: out[B, P, C] = (x − mean) / √(variance + ε)·scale[C] + shift[C].
///
/// P is an image's pixels; where `silu` says so, x·σ(x) follows. `out` may be `x`.
/// Wu and He, "Group normalization" (2018); mean and biased variance are those of an image's group of channels.
public func normalizeGroups(
    _ x: Floats, scale: Floats, shift: Floats, epsilon: Float, groups: Int, silu isActivated: Bool,
    into out: MutableFloats, batch: Int, pixels: Int, channels: Int
) {
    precondition(channels % groups == 0, "\(channels) channels make no \(groups) equal groups")
    let tiles = Tiling(pixels, target: 1024)
    let work = batch * pixels * channels * valueWork
    let groupWidth = channels / groups
    // For every image and tile a row of channel sums; then for every image the rows `centre` and `factor`.
    withScratch((batch * tiles.count + 2 * batch) * channels) { scratch in
        let centres = scratch + batch * tiles.count * channels
        let factors = centres + batch * channels

        func forEachTile(_ body: (_ image: Int, _ tile: Int, _ pixels: Range<Int>) -> Void) {
            parallelFor(batch * tiles.count, work: work) { range in
                for index in range {
                    let image = index / tiles.count
                    let pixelRange = tiles[index % tiles.count]
                    let first = image * pixels
                    body(image, index, first + pixelRange.lowerBound..<first + pixelRange.upperBound)
                }
            }
        }

        /// The mean over a group of what the tiles summed, for every channel of the group.
        func spreadMeans(into rows: MutableFloats, _ finish: (Double) -> Double) {
            for image in 0..<batch {
                for group in 0..<groups {
                    var total = 0.0
                    for tile in 0..<tiles.count {
                        let sums = scratch + (image * tiles.count + tile) * channels + group * groupWidth
                        for channel in 0..<groupWidth { total += Double(sums[channel]) }
                    }
                    let value = Float(finish(total / Double(pixels * groupWidth)))
                    let row = rows + image * channels + group * groupWidth
                    row.update(repeating: value, count: groupWidth)
                }
            }
        }

        forEachTile { _, tile, pixels in
            let sums = scratch + tile * channels
            sums.update(repeating: 0, count: channels)
            for pixel in pixels { accumulate(x + pixel * channels, into: sums, count: channels) }
        }
        spreadMeans(into: centres) { $0 }
        forEachTile { image, tile, pixels in
            let sums = scratch + tile * channels
            let centre = centres + image * channels
            sums.update(repeating: 0, count: channels)
            for pixel in pixels {
                accumulateSquares(x + pixel * channels, around: centre, into: sums, count: channels)
            }
        }
        spreadMeans(into: factors) { 1 / ($0 + Double(epsilon)).squareRoot() }

        for image in 0..<batch {
            let factor = factors + image * channels
            for channel in 0..<channels { factor[channel] *= scale[channel] }
        }
        forEachTile { image, _, pixels in
            let (centre, factor) = (centres + image * channels, factors + image * channels)
            for pixel in pixels {
                let (source, target) = (x + pixel * channels, out + pixel * channels)
                if isActivated {
                    for channel in 0..<channels {
                        let value = (source[channel] - centre[channel]) * factor[channel] + shift[channel]
                        target[channel] = silu(value)
                    }
                } else {
                    for channel in 0..<channels {
                        target[channel] =
                            (source[channel] - centre[channel]) * factor[channel] + shift[channel]
                    }
                }
            }
        }
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
