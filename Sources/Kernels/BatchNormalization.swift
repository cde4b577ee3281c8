/// The mean and the biased variance of every column of x[R, C], in an order that R alone decides.
public func columnMoments(
    _ x: Floats, mean: MutableFloats, variance: MutableFloats, rows: Int, columns: Int
) {
    let share = 1 / Float(rows)
    mean.update(repeating: 0, count: columns)
    addRows(x, into: mean, rows: rows, columns: columns)
    for column in 0..<columns { mean[column] *= share }
    variance.update(repeating: 0, count: columns)
    sumOverRows(rows, columns: columns, into: variance) { row, partial in
        let line = x + row * columns
        for column in 0..<columns {
            let distance = line[column] - mean[column]
            partial[column] += distance * distance
        }
    }
    for column in 0..<columns { variance[column] *= share }
}

/// out[R, C] = (x − mean)·factor·scale + shift, with a value of each for every column; `out` may be `x`.
///
/// Ioffe and Szegedy, "Batch normalization" (2015), with factor = 1 / √(variance + ε).
public func normalizeColumns(
    _ x: Floats, mean: Floats, factor: Floats, scale: Floats, shift: Floats, into out: MutableFloats,
    rows: Int,
    columns: Int
) {
    parallelFor(rows, chunk: 256, work: rows * columns * valueWork) { range in
        for row in range {
            let (source, target) = (x + row * columns, out + row * columns)
            for column in 0..<columns {
                target[column] =
                    (source[column] - mean[column]) * factor[column] * scale[column] + shift[column]
            }
        }
    }
}

/// Adds the gradients of `normalizeColumns`: to dx[R, C], dscale[C] and dshift[C] where they are asked for.
///
/// With x̂ = (x − mean)·factor: where mean and factor are the batch's own,
/// dx = factor·scale·(dy − mean(dy) − x̂·mean(dy·x̂)); where they are given, dx = factor·scale·dy.
/// `sums` has room for [2, C].
public func normalizeColumnsBack(
    _ x: Floats, _ dy: Floats, mean: Floats, factor: Floats, scale: Floats, isOwn: Bool, sums: MutableFloats,
    dx: MutableFloats?, dscale: MutableFloats?, dshift: MutableFloats?, rows: Int, columns: Int
) {
    let (plain, weighted) = (sums, sums + columns)
    sums.update(repeating: 0, count: 2 * columns)
    addRows(dy, into: plain, rows: rows, columns: columns)
    sumOverRows(rows, columns: columns, into: weighted) { row, partial in
        let (source, gradient) = (x + row * columns, dy + row * columns)
        for column in 0..<columns {
            partial[column] += gradient[column] * (source[column] - mean[column]) * factor[column]
        }
    }
    for column in 0..<columns {
        dscale?[column] += weighted[column]
        dshift?[column] += plain[column]
    }
    guard let dx else { return }
    let share = isOwn ? 1 / Float(rows) : 0
    for column in 0..<2 * columns { sums[column] *= share }
    parallelFor(rows, chunk: 256, work: 2 * rows * columns * valueWork) { range in
        for row in range {
            let (source, gradient, target) = (x + row * columns, dy + row * columns, dx + row * columns)
            for column in 0..<columns {
                let normal = (source[column] - mean[column]) * factor[column]
                target[column] +=
                    factor[column] * scale[column]
                    * (gradient[column] - plain[column] - normal * weighted[column])
            }
        }
    }
}
