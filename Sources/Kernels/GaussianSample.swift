/// Samples normal distributions: out[R, C] = μ + e^(ℓ/2)·noise[R, C].
///
/// A row of moments[R, 2C] holds C means μ and then C logarithms ℓ of variances, which are clamped to -30 ... 20 as
/// diffusers clamps them.
public func sampleGaussian(
    _ moments: Floats, noise: Floats, into out: MutableFloats, rows: Int, columns: Int
) {
    for row in 0..<rows {
        let mean = moments + row * 2 * columns
        for column in 0..<columns {
            let place = row * columns + column
            out[place] = mean[column] + deviation(mean[columns + column]) * noise[place]
        }
    }
}

/// Adds to dmoments[R, 2C] what dy[R, C] says of the moments of `sampleGaussian`; a clamped ℓ has no gradient.
public func sampleGaussianBack(
    _ moments: Floats, noise: Floats, _ dy: Floats, into dmoments: MutableFloats, rows: Int, columns: Int
) {
    for row in 0..<rows {
        let (logVariance, target) = (moments + (2 * row + 1) * columns, dmoments + row * 2 * columns)
        for column in 0..<columns {
            let (place, value) = (row * columns + column, logVariance[column])
            target[column] += dy[place]
            if variances.contains(value) {
                target[columns + column] += 0.5 * dy[place] * noise[place] * deviation(value)
            }
        }
    }
}

/// The logarithms of variances that are not clamped.
private let variances: ClosedRange<Float> = -30...20

private func deviation(_ logVariance: Float) -> Float {
    exponential(0.5 * max(variances.lowerBound, min(logVariance, variances.upperBound)))
}
