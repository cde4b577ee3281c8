import CVectors

/// Makes each row of out[R, C] the softmax of x[R, C]; `out` may be `x`.
public func softmax(_ x: Floats, into out: MutableFloats, rows: Int, columns: Int) {
    parallelFor(rows, chunk: 64, work: rows * columns * valueWork) { range in
        for row in range { softmaxRow(x + row * columns, into: out + row * columns, count: columns) }
    }
}

/// Makes `out` the softmax of `count` values; `out` may be `x`.
func softmaxRow(_ x: Floats, into out: MutableFloats, count: Int) {
    guard count > 0 else { return }
    let greatest = figment_greatest(widestVectors, x, count)
    let share = 1 / figment_exponentials(widestVectors, x, 1, greatest, out, count)
    for index in 0..<count { out[index] *= share }
}
