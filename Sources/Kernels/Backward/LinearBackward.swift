/// Adds to dweight, panels [⌈O/16⌉, I, 16], what dy[R, O] says of the weights of x[R, I]·weight: dweight += xᵀ·dy.
public func addWeightGradient(
    _ x: Floats, _ dy: Floats, into dweight: MutableFloats, rows: Int, inputs: Int, outputs: Int
) {
    addProductInParallel(
        MatrixOperand(x, stride: inputs, transposed: true), MatrixOperand(dy, stride: outputs),
        into: ProductOutput(base: dweight, rowStride: 16, panelStride: 16 * inputs), rows: inputs,
        columns: outputs, depth: rows)
}

/// Adds to dtable[O, I] what dy[R, O] says of a table whose rows x[R, I] was multiplied with: dtable += dyᵀ·x.
public func addTableGradient(
    _ x: Floats, _ dy: Floats, into dtable: MutableFloats, rows: Int, inputs: Int, outputs: Int
) {
    addProductInParallel(
        MatrixOperand(dy, stride: outputs, transposed: true), MatrixOperand(x, stride: inputs),
        into: ProductOutput(base: dtable, rowStride: inputs), rows: outputs, columns: inputs, depth: rows)
}

/// Adds the rows of x[R, C] to sums[C], in an order that R alone decides.
public func addRows(_ x: Floats, into sums: MutableFloats, rows: Int, columns: Int) {
    sumOverRows(rows, columns: columns, into: sums) { row, partial in
        let line = x + row * columns
        for column in 0..<columns { partial[column] += line[column] }
    }
}

/// Adds the rows of each block of x[B, R, C] to that block's row of sums[B, C].
public func addRows(_ x: Floats, into sums: MutableFloats, blocks: Int, rows: Int, columns: Int) {
    parallelFor(blocks, work: blocks * rows * columns * valueWork) { range in
        for block in range {
            let target = sums + block * columns
            for row in block * rows..<(block + 1) * rows {
                let line = x + row * columns
                for column in 0..<columns { target[column] += line[column] }
            }
        }
    }
}

/// Adds to sums[C] what `add` adds for each of R rows: bands of rows side by side, then the bands in order.
func sumOverRows(
    _ rows: Int, columns: Int, into sums: MutableFloats, _ add: (_ row: Int, _ partial: MutableFloats) -> Void
) {
    let bands = Tiling(rows, target: max(64, (rows + 31) / 32))
    withScratch(bands.count * columns) { partials in
        partials.update(repeating: 0, count: bands.count * columns)
        parallelFor(bands.count, work: rows * columns * valueWork) { range in
            for band in range { for row in bands[band] { add(row, partials + band * columns) } }
        }
        for band in 0..<bands.count {
            for column in 0..<columns { sums[column] += partials[band * columns + column] }
        }
    }
}
