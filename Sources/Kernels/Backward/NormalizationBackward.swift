import CVectors

/// Adds the gradients of `normalizeRows`: to dx[R, C], dscale[C] and dshift[C] where they are asked for.
///
/// With x̂ = (x − mean)·r and g = dy·scale, dx = r·(g − mean(g) − x̂·mean(g·x̂)).
public func normalizeRowsBack(
    _ x: Floats, _ dy: Floats, scale: Floats, epsilon: Float, dx: MutableFloats?, dscale: MutableFloats?,
    dshift: MutableFloats?, rows: Int, columns: Int
) {
    // Mean and reciprocal deviation of every row.
    withUnsafeTemporaryAllocation(of: (mean: Float, factor: Float).self, capacity: rows) { moments in
        let work = 4 * rows * columns * valueWork
        parallelFor(rows, chunk: 64, work: work) { range in
            for row in range {
                let source = x + row * columns
                let mean = sum(source, count: columns) / Float(columns)
                let variance = sumOfSquares(source, around: mean, count: columns) / Float(columns)
                let factor = 1 / (variance + epsilon).squareRoot()
                moments[row] = (mean, factor)
                guard let target = dx.map({ $0 + row * columns }) else { continue }
                let gradient = dy + row * columns
                let plain = sumOfProducts(gradient, scale, count: columns) / Float(columns)
                let weighted =
                    factor * sumOfProducts(gradient, scale, source, less: mean, count: columns)
                    / Float(columns)
                for column in 0..<columns {
                    let normal = (source[column] - mean) * factor
                    target[column] += factor * (gradient[column] * scale[column] - plain - normal * weighted)
                }
            }
        }
        guard let dscale else { return }
        sumOverRows(rows, columns: columns, into: dscale) { row, partial in
            let (mean, factor) = moments[row]
            let (source, gradient) = (x + row * columns, dy + row * columns)
            for column in 0..<columns {
                partial[column] += gradient[column] * (source[column] - mean) * factor
            }
        }
    }
    if let dshift { addRows(dy, into: dshift, rows: rows, columns: columns) }
}

/// Adds the gradients of `normalizeGroups`: to dx[B, P, C], dscale[C] and dshift[C] where they are asked for.
///
/// With x̂ = (x − mean)·r and dz the gradient before SiLU, taken back through it where it follows: dscale = Σ dz·x̂,
/// dshift = Σ dz, and with g = dz·scale, dx = r·(g − mean(g) − x̂·mean(g·x̂)), the means being over the image's group.
public func normalizeGroupsBack(
    _ x: Floats, _ dy: Floats, scale: Floats, shift: Floats, epsilon: Float, groups: Int,
    silu isActivated: Bool, dx: MutableFloats?, dscale: MutableFloats?, dshift: MutableFloats?, batch: Int,
    pixels: Int, channels: Int
) {
    let tiling = GroupTiling(batch: batch, pixels: pixels, channels: channels, groups: groups)
    let (sums, rows) = (tiling.tileCount * channels, batch * channels)

    /// Makes x̂ and dz of a pixel.
    func back(
        _ pixel: Int, _ centre: Floats, _ factor: Floats, _ normal: MutableFloats, _ slope: MutableFloats
    ) {
        figment_normalize_back(
            widestVectors, x + pixel * channels, centre, factor, scale, shift, isActivated ? 1 : 0,
            dy + pixel * channels, normal, slope, channels)
    }
    withScratch(2 * sums + 4 * rows) { scratch in
        let (weighted, plain) = (scratch, scratch + sums)
        let centres = scratch + 2 * sums
        let (factors, weightedMeans, plainMeans) = (centres + rows, centres + 2 * rows, centres + 3 * rows)
        tiling.moments(of: x, epsilon: epsilon, sums: weighted, centres: centres, factors: factors)
        tiling.forEachTile { image, tile, pixels in
            let (centre, factor) = (centres + image * channels, factors + image * channels)
            let (weighted, plain) = (weighted + tile * channels, plain + tile * channels)
            weighted.update(repeating: 0, count: channels)
            plain.update(repeating: 0, count: channels)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * channels) { row in
                guard let normal = row.baseAddress else { return }
                let slope = normal + channels
                for pixel in pixels {
                    back(pixel, centre, factor, normal, slope)
                    for channel in 0..<channels { weighted[channel] += slope[channel] * normal[channel] }
                    for channel in 0..<channels { plain[channel] += slope[channel] }
                }
            }
        }
        for tile in 0..<tiling.tileCount {
            let place = tile * channels
            if let dscale { for channel in 0..<channels { dscale[channel] += weighted[place + channel] } }
            if let dshift { for channel in 0..<channels { dshift[channel] += plain[place + channel] } }
            for channel in 0..<channels {
                weighted[place + channel] *= scale[channel]
                plain[place + channel] *= scale[channel]
            }
        }
        guard let dx else { return }
        tiling.spreadMeans(of: weighted, into: weightedMeans)
        tiling.spreadMeans(of: plain, into: plainMeans)
        tiling.forEachTile { image, _, pixels in
            let row = image * channels
            let (centre, factor) = (centres + row, factors + row)
            let (weightedMean, plainMean) = (weightedMeans + row, plainMeans + row)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * channels) { row in
                guard let normal = row.baseAddress else { return }
                let slope = normal + channels
                for pixel in pixels {
                    back(pixel, centre, factor, normal, slope)
                    let target = dx + pixel * channels
                    for channel in 0..<channels {
                        target[channel] +=
                            factor[channel]
                            * (slope[channel] * scale[channel] - plainMean[channel] - normal[channel]
                                * weightedMean[channel])
                    }
                }
            }
        }
    }
}
