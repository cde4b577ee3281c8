/// Normalizes rows: out[R, C] = (x − mean) / √(variance + ε)·scale[C] + shift[C], `out` may be `x`.
///
/// Ba, Kiros and Hinton, "Layer normalization" (2016); mean and biased variance are those of a row.
public func normalizeRows(
    _ x: Floats, scale: Floats, shift: Floats, epsilon: Float, into out: MutableFloats, rows: Int,
    columns: Int
) {
    parallelFor(rows, chunk: 64, work: rows * columns * valueWork) { range in
        for row in range {
            let (source, target) = (x + row * columns, out + row * columns)
            let mean = sum(source, count: columns) / Float(columns)
            let variance = sumOfSquares(source, around: mean, count: columns) / Float(columns)
            let factor = 1 / (variance + epsilon).squareRoot()
            for column in 0..<columns {
                target[column] = (source[column] - mean) * factor * scale[column] + shift[column]
            }
        }
    }
}
