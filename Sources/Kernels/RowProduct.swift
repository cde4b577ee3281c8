import CVectors

/// Adds to y[R, O] a product of few rows, x[R, I]·weight[I, O].
///
/// The weights are read once, where they stand. A row's bits do not depend on its neighbours: each sum is made in the
/// order of I. Rows of x and y begin a stride apart, as do those of the weights.
func addRowProduct(
    _ x: Floats, stride: Int, weight: Floats, weightStride: Int, into y: MutableFloats, outStride: Int,
    rows: Int, inputs: Int, outputs: Int, vectors: figment_vectors = widestVectors
) {
    // Two kilobytes of a row of weights: enough for the processor to read them in one go.
    let tiles = Tiling(outputs, target: 512)
    parallelFor(tiles.count, work: rows * inputs * outputs) { range in
        for tile in range {
            let columns = tiles[tile]
            figment_row_product(
                vectors, x, stride, rows, weight + columns.lowerBound, weightStride, inputs,
                y + columns.lowerBound, outStride, columns.count)
        }
    }
}

/// Adds to y[R, O] the products of few rows x[R, I] with the rows of a table [O, I].
///
/// A row's bits do not depend on its neighbours.
func addTableProduct(
    _ x: Floats, table: Floats, into y: MutableFloats, rows: Int, inputs: Int, outputs: Int,
    vectors: figment_vectors = widestVectors
) {
    let tiles = Tiling(outputs, target: 256)
    parallelFor(tiles.count, work: rows * inputs * outputs) { range in
        for tile in range {
            let columns = tiles[tile]
            figment_table_product(
                vectors, x, inputs, rows, table + columns.lowerBound * inputs, inputs, y + columns.lowerBound,
                outputs, columns.count)
        }
    }
}
