/// Scales rows to a mean square of one: out[R, C] = x / √(mean(x²) + ε)·scale[C], `out` may be `x`.
///
/// Zhang and Sennrich, "Root mean square layer normalization" (2019).
public func normalizeRowsByRootMeanSquare(
    _ x: Floats, scale: Floats, epsilon: Float, into out: MutableFloats, rows: Int, columns: Int
) {
    parallelFor(rows, chunk: 64, work: rows * columns * valueWork) { range in
        for row in range {
            let (source, target) = (x + row * columns, out + row * columns)
            let factor = reciprocalRoot(source, epsilon: epsilon, count: columns)
            for column in 0..<columns { target[column] = source[column] * factor * scale[column] }
        }
    }
}

/// Adds the gradients of `normalizeRowsByRootMeanSquare`: to dx[R, C] and dscale[C] where they are asked for.
///
/// With x̂ = x·r and g = dy·scale, dx = r·(g − x̂·mean(g·x̂)).
public func normalizeRowsByRootMeanSquareBack(
    _ x: Floats, _ dy: Floats, scale: Floats, epsilon: Float, dx: MutableFloats?, dscale: MutableFloats?,
    rows: Int, columns: Int
) {
    if let dx {
        parallelFor(rows, chunk: 64, work: 3 * rows * columns * valueWork) { range in
            for row in range {
                let (source, gradient, target) = (x + row * columns, dy + row * columns, dx + row * columns)
                let factor = reciprocalRoot(source, epsilon: epsilon, count: columns)
                var weighted: Float = 0
                for column in 0..<columns {
                    weighted += gradient[column] * scale[column] * source[column] * factor
                }
                weighted /= Float(columns)
                for column in 0..<columns {
                    target[column] +=
                        factor * (gradient[column] * scale[column] - source[column] * factor * weighted)
                }
            }
        }
    }
    if let dscale {
        sumOverRows(rows, columns: columns, into: dscale) { row, partial in
            let (source, gradient) = (x + row * columns, dy + row * columns)
            let factor = reciprocalRoot(source, epsilon: epsilon, count: columns)
            for column in 0..<columns { partial[column] += gradient[column] * source[column] * factor }
        }
    }
}

/// 1 / √(mean(x²) + ε).
private func reciprocalRoot(_ x: Floats, epsilon: Float, count: Int) -> Float {
    1 / (sumOfSquares(x, around: 0, count: count) / Float(count) + epsilon).squareRoot()
}
