/// Adds the gradients of `normalizeRows`: to dx[R, C], dscale[C] and dshift[C] where they are asked for.
///
/// With x̂ = (x − mean)·r and g = dy·scale, dx = r·(g − mean(g) − x̂·mean(g·x̂)).
public func normalizeRowsBack(
    _ x: Floats, _ dy: Floats, scale: Floats, epsilon: Float, dx: MutableFloats?, dscale: MutableFloats?,
    dshift: MutableFloats?, rows: Int, columns: Int
) {
    /// Mean and reciprocal deviation of a row.
    func moments(_ row: Int) -> (mean: Float, factor: Float) {
        let source = x + row * columns
        let mean = sum(source, count: columns) / Float(columns)
        let variance = sumOfSquares(source, around: mean, count: columns) / Float(columns)
        return (mean, 1 / (variance + epsilon).squareRoot())
    }
    if let dx {
        parallelFor(rows, chunk: 64, work: 4 * rows * columns * valueWork) { range in
            for row in range {
                let (mean, factor) = moments(row)
                let (source, gradient, target) = (x + row * columns, dy + row * columns, dx + row * columns)
                var sums = (plain: Float(0), weighted: Float(0))
                for column in 0..<columns {
                    let g = gradient[column] * scale[column]
                    sums.plain += g
                    sums.weighted += g * (source[column] - mean) * factor
                }
                let (plain, weighted) = (sums.plain / Float(columns), sums.weighted / Float(columns))
                for column in 0..<columns {
                    let normal = (source[column] - mean) * factor
                    target[column] += factor * (gradient[column] * scale[column] - plain - normal * weighted)
                }
            }
        }
    }
    if let dscale {
        sumOverRows(rows, columns: columns, into: dscale) { row, partial in
            let (mean, factor) = moments(row)
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
/// As for rows, with mean and deviation of an image's group of channels; where SiLU follows, dy is first taken back
/// through it.
public func normalizeGroupsBack(
    _ x: Floats, _ dy: Floats, scale: Floats, shift: Floats, epsilon: Float, groups: Int,
    silu isActivated: Bool, dx: MutableFloats?, dscale: MutableFloats?, dshift: MutableFloats?, batch: Int,
    pixels: Int, channels: Int
) {
    let width = channels / groups
    // For each image: mean and factor of every channel's group; Σ dz·x̂ and Σ dz of every channel.
    withScratch(4 * batch * channels) { scratch in
        parallelFor(batch, work: 4 * batch * pixels * channels * valueWork) { range in
            for image in range {
                let rows = scratch + 4 * image * channels
                groupMoments(
                    x + image * pixels * channels, epsilon: epsilon, groups: groups, pixels: pixels,
                    channels: channels, means: rows, factors: rows + channels)
                let (weighted, plain) = (rows + 2 * channels, rows + 3 * channels)
                weighted.update(repeating: 0, count: 2 * channels)
                for pixel in 0..<pixels {
                    let place = (image * pixels + pixel) * channels
                    for channel in 0..<channels {
                        let normal = (x[place + channel] - rows[channel]) * rows[channels + channel]
                        var slope = dy[place + channel]
                        if isActivated { slope *= siluSlope(normal * scale[channel] + shift[channel]) }
                        weighted[channel] += slope * normal
                        plain[channel] += slope
                    }
                }
                guard let dx else { continue }
                let count = Float(pixels * width)
                for group in 0..<groups {
                    var sums = (plain: Float(0), weighted: Float(0))
                    for channel in group * width..<(group + 1) * width {
                        sums.plain += plain[channel] * scale[channel]
                        sums.weighted += weighted[channel] * scale[channel]
                    }
                    for pixel in 0..<pixels {
                        let place = (image * pixels + pixel) * channels
                        for channel in group * width..<(group + 1) * width {
                            let factor = rows[channels + channel]
                            let normal = (x[place + channel] - rows[channel]) * factor
                            var slope = dy[place + channel]
                            if isActivated { slope *= siluSlope(normal * scale[channel] + shift[channel]) }
                            dx[place + channel] +=
                                factor
                                * (slope * scale[channel] - sums.plain / count - normal * sums.weighted
                                    / count)
                        }
                    }
                }
            }
        }
        for image in 0..<batch {
            let sums = scratch + (4 * image + 2) * channels
            for channel in 0..<channels {
                dscale?[channel] += sums[channel]
                dshift?[channel] += sums[channels + channel]
            }
        }
    }
}

/// Mean and reciprocal deviation of each channel's group, for one image x[P, C].
private func groupMoments(
    _ x: Floats, epsilon: Float, groups: Int, pixels: Int, channels: Int, means: MutableFloats,
    factors: MutableFloats
) {
    let width = channels / groups
    let count = Double(pixels * width)
    for group in 0..<groups {
        let range = group * width..<(group + 1) * width
        var total = 0.0
        for pixel in 0..<pixels {
            var part: Float = 0
            for channel in range { part += x[pixel * channels + channel] }
            total += Double(part)
        }
        let mean = Float(total / count)
        var squares = 0.0
        for pixel in 0..<pixels {
            var part: Float = 0
            for channel in range {
                let distance = x[pixel * channels + channel] - mean
                part += distance * distance
            }
            squares += Double(part)
        }
        let factor = Float(1 / (squares / count + Double(epsilon)).squareRoot())
        for channel in range {
            means[channel] = mean
            factors[channel] = factor
        }
    }
}
