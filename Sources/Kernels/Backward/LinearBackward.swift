/// Adds to dx[R, I] what dy[R, O] says of the input of x·weight[I, O]: dx += dy·weightᵀ.
///
/// Rows come in blocks as in `mapLinearly`, each multiplied by itself.
public func mapLinearlyBack(
    _ dy: Floats, weight: Floats, into dx: MutableFloats, blocks: Int, rows: Int, inputs: Int, outputs: Int
) {
    if rows == 1 {
        addTableProduct(dy, table: weight, into: dx, rows: blocks, inputs: outputs, outputs: inputs)
        return
    }
    let rowTiles = Tiling(rows, target: 256)
    let isWide = rowTiles.count == 1 && rows * inputs * outputs > 1 << 24
    let columnTiles = Tiling(inputs, target: isWide ? 768 : inputs)
    let perBlock = rowTiles.count * columnTiles.count
    parallelFor(blocks * perBlock, work: blocks * rows * inputs * outputs) { range in
        for index in range {
            let rowRange = rowTiles[index % perBlock / columnTiles.count]
            let columnRange = columnTiles[index % perBlock % columnTiles.count]
            let row = index / perBlock * rows + rowRange.lowerBound
            multiply(
                MatrixOperand(dy + row * outputs, stride: outputs),
                MatrixOperand(weight + columnRange.lowerBound * outputs, stride: outputs, transposed: true),
                into: dx + row * inputs + columnRange.lowerBound, stride: inputs, rows: rowRange.count,
                columns: columnRange.count, depth: outputs, keep: 1)
        }
    }
}

/// Adds to dweight[I, O] what dy[R, O] says of the weights of x[R, I]·weight: dweight += xᵀ·dy.
public func addWeightGradient(
    _ x: Floats, _ dy: Floats, into dweight: MutableFloats, rows: Int, inputs: Int, outputs: Int
) {
    let inputTiles = Tiling(inputs, target: 256)
    let outputTiles = Tiling(outputs, target: 512)
    let depthTiles = Tiling(rows, target: 512)
    parallelFor(inputTiles.count * outputTiles.count, work: rows * inputs * outputs) { range in
        for index in range {
            let (input, output) = (
                inputTiles[index / outputTiles.count], outputTiles[index % outputTiles.count]
            )
            for tile in 0..<depthTiles.count {
                let depth = depthTiles[tile]
                multiply(
                    MatrixOperand(
                        x + depth.lowerBound * inputs + input.lowerBound, stride: inputs, transposed: true),
                    MatrixOperand(dy + depth.lowerBound * outputs + output.lowerBound, stride: outputs),
                    into: dweight + input.lowerBound * outputs + output.lowerBound, stride: outputs,
                    rows: input.count, columns: output.count, depth: depth.count, keep: 1)
            }
        }
    }
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
