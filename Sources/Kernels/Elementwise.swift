/// What a pass over one value costs, in the multiplications of a matrix product.
let valueWork = 32

/// Runs `body` on ranges of 0 ..< `count`, on several threads where that pays.
func forEachChunk(of count: Int, _ body: (Range<Int>) -> Void) {
    parallelFor(count, chunk: 1 << 14, work: count * valueWork, body)
}

/// out = x + y, value by value; `out` may be either.
public func add(_ x: Floats, _ y: Floats, into out: MutableFloats, count: Int) {
    forEachChunk(of: count) { range in for index in range { out[index] = x[index] + y[index] } }
}

/// out[R, C] = x[R, C] + y[C], the same y for every row; `out` may be `x`.
public func addToRows(_ x: Floats, _ y: Floats, into out: MutableFloats, rows: Int, columns: Int) {
    parallelFor(rows, chunk: 256, work: rows * columns * valueWork) { range in
        for row in range {
            let (source, target) = (x + row * columns, out + row * columns)
            for column in 0..<columns { target[column] = source[column] + y[column] }
        }
    }
}

/// out = factor·x + offset, value by value; `out` may be `x`.
public func scale(_ x: Floats, by factor: Float, plus offset: Float = 0, into out: MutableFloats, count: Int)
{
    forEachChunk(of: count) { range in for index in range { out[index] = x[index] * factor + offset } }
}

/// Adds factor·x to `out`, value by value.
public func addScaled(_ x: Floats, by factor: Float, into out: MutableFloats, count: Int) {
    forEachChunk(of: count) { range in for index in range { out[index] += x[index] * factor } }
}

/// out[B, R, C] = x·(1 + s) + t, with a row (s, t) [2C] for each of the B blocks; `out` may be `x`.
public func modulate(
    _ x: Floats, by modulation: Floats, into out: MutableFloats, batch: Int, rows: Int, columns: Int
) {
    parallelFor(batch * rows, chunk: 64, work: batch * rows * columns * valueWork) { range in
        for row in range {
            let scale = modulation + row / rows * 2 * columns
            let (source, target) = (x + row * columns, out + row * columns)
            for column in 0..<columns {
                target[column] = source[column] * (1 + scale[column]) + scale[columns + column]
            }
        }
    }
}

/// Whether no value is NaN or infinite.
public func areFinite(_ x: Floats, count: Int) -> Bool {
    let exponent: UInt32 = 0x7F80_0000
    for start in stride(from: 0, to: count, by: 4096) {
        var worst: UInt32 = 0
        for index in start..<min(start + 4096, count) { worst = max(worst, x[index].bitPattern & exponent) }
        if worst == exponent { return false }
    }
    return true
}
