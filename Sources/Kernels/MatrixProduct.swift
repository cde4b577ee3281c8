import CVectors

/// A matrix as a product reads it: where it begins, the distance between its rows in memory, and whether the
/// product takes it transposed.
public struct MatrixOperand {
    let base: Floats
    let stride: Int
    let transposed: Bool

    /// Describes a matrix whose rows in memory begin `stride` floats apart.
    public init(_ base: Floats, stride: Int, transposed: Bool = false) {
        self.base = base
        self.stride = stride
        self.transposed = transposed
    }

    /// Where an element of the matrix, as the product takes it, lies in memory.
    func place(row: Int, column: Int) -> Floats {
        base + (transposed ? column * stride + row : row * stride + column)
    }

    /// The part from a row and a column on.
    func from(row: Int, column: Int) -> MatrixOperand {
        MatrixOperand(place(row: row, column: column), stride: stride, transposed: transposed)
    }
}

/// Makes C[R, O] ← scale·A[R, I]·B[I, O], or adds it to C where `adds` says so, on the calling thread; C's rows begin
/// `stride` floats apart.
///
/// B is laid out in panels first, and A turned where it is taken transposed, a part of the depth at a time.
public func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: MutableFloats, stride: Int, rows: Int, columns: Int,
    depth: Int,
    scale: Float = 1, adds: Bool = false
) {
    multiply(
        a, b, into: ProductOutput(base: c, rowStride: stride), rows: rows, columns: columns, depth: depth,
        scale: scale, adds: adds)
}

func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, into output: ProductOutput, rows: Int, columns: Int, depth: Int,
    scale: Float = 1, adds: Bool
) {
    guard rows > 0, columns > 0 else { return }
    // What is turned and the panels are in the second-level cache together.
    let parts = Tiling(depth, target: a.transposed ? 256 : 512)
    let rowTiles = Tiling(rows, target: 240)
    let panelFloats = Panels.count(columns: columns) * 16 * parts.size
    withScratch(panelFloats + (a.transposed ? rowTiles.size * parts.size : 0)) { panels in
        let turned = panels + panelFloats
        for index in 0..<parts.count {
            let part = parts[index]
            pack(b.from(row: part.lowerBound, column: 0), depth: part.count, columns: columns, into: panels)
            if scale != 1 {
                for place in 0..<panelFloats / parts.size * part.count { panels[place] *= scale }
            }
            for tile in 0..<rowTiles.count {
                let rows = rowTiles[tile]
                var left = a.from(row: rows.lowerBound, column: part.lowerBound)
                if left.transposed {
                    turn(left.base, stride: left.stride, depth: part.count, rows: rows.count, into: turned)
                    left = MatrixOperand(turned, stride: part.count)
                }
                let target = output.from(row: rows.lowerBound, column: 0)
                multiplyTile(
                    left, rows: rows.count, depth: part.count, by: panels, columns: columns,
                    into: adds || index > 0 ? target.adding : target)
            }
        }
    }
}

private func pack(_ b: MatrixOperand, depth: Int, columns: Int, into panels: MutableFloats) {
    if b.transposed {
        packColumns(
            b.base, stride: b.stride, depth: depth, columns: columns, into: panels, panelStride: 16 * depth)
    } else {
        packRows(
            b.base, stride: b.stride, depth: depth, columns: columns, into: panels, panelStride: 16 * depth)
    }
}

/// Multiplies a tile of rows that lie `a.stride` floats apart by panels, which are as deep where nothing else is said.
func multiplyTile(
    _ a: MatrixOperand, rows: Int, depth: Int, by panels: Floats, panelStride: Int? = nil, columns: Int,
    into output: ProductOutput
) {
    withUnsafeTemporaryAllocation(of: Floats?.self, capacity: rows) { starts in
        guard let table = starts.baseAddress else { return }
        for row in 0..<rows { table[row] = a.base + row * a.stride }
        multiply(
            RowPieces(starts: table, stride: rows, steps: 1, piece: depth), count: rows, by: panels,
            panelStride: panelStride ?? 16 * depth, columns: columns, into: output)
    }
}

/// Writes the columns of a matrix [depth, rows], whose rows begin `stride` floats apart, as rows of `depth` floats.
func turn(_ matrix: Floats, stride: Int, depth: Int, rows: Int, into turned: MutableFloats) {
    withUnsafeTemporaryAllocation(of: Floats?.self, capacity: depth) { starts in
        guard let table = starts.baseAddress else { return }
        for row in 0..<depth { table[row] = matrix + row * stride }
        figment_transpose(widestVectors, table, 0, depth, rows, turned, depth)
    }
}

/// Adds A[R, I]·B[I, O] on several threads.
///
/// They lay a part of the depth out together, B in panels and A turned where it is taken transposed, before they share
/// its product.
func addProductInParallel(
    _ a: MatrixOperand, _ b: MatrixOperand, into output: ProductOutput, rows: Int, columns: Int, depth: Int
) {
    // What is laid out stays in the third-level cache. Rows that are not turned may be a batch's, so no bit depends on
    // how many they are; turned ones are a weight's.
    let width = columns + (a.transposed ? rows : 0)
    let parts = Tiling(depth, target: max(128, min(1024, (1 << 22) / width)))
    let grid = ProductGrid(rows: rows, columns: columns)
    let panelCount = Panels.count(columns: columns)
    let panelFloats = panelCount * 16 * parts.size
    withScratch(panelFloats + (a.transposed ? rows * parts.size : 0)) { panels in
        let turned = panels + panelFloats
        for index in 0..<parts.count {
            let part = parts[index]
            let b = b.from(row: part.lowerBound, column: 0)
            let panelStride = 16 * part.count
            parallelFor(panelCount, chunk: 2, work: columns * part.count * valueWork) { range in
                let columns = 16 * range.lowerBound..<min(16 * range.upperBound, columns)
                pack(
                    b.from(row: 0, column: columns.lowerBound), depth: part.count, columns: columns.count,
                    into: panels + range.lowerBound * panelStride)
            }
            var left = a.from(row: 0, column: part.lowerBound)
            if left.transposed {
                parallelFor(rows, chunk: 32, work: rows * part.count * valueWork) { [left] range in
                    turn(
                        left.base + range.lowerBound, stride: left.stride, depth: part.count,
                        rows: range.count, into: turned + range.lowerBound * part.count)
                }
                left = MatrixOperand(turned, stride: part.count)
            }
            parallelFor(grid.count, work: rows * columns * part.count) { [left] range in
                for index in range {
                    let (rows, columns) = grid[index]
                    multiplyTile(
                        left.from(row: rows.lowerBound, column: 0), rows: rows.count, depth: part.count,
                        by: panels + columns.lowerBound / 16 * panelStride, columns: columns.count,
                        into: output.from(row: rows.lowerBound, column: columns.lowerBound).adding)
                }
            }
        }
    }
}

/// Adds to out[R, O] the products of rows x[R, I] with the rows of a table [O, I].
///
/// Few rows, as decoding has, are multiplied with the table where it stands.
public func addProducts(
    _ x: Floats, withRowsOf table: Floats, into out: MutableFloats, blocks: Int, rows: Int, inputs: Int,
    outputs: Int
) {
    if rows == 1 {
        addTableProduct(x, table: table, into: out, rows: blocks, inputs: inputs, outputs: outputs)
    } else {
        addProductInParallel(
            MatrixOperand(x, stride: inputs), MatrixOperand(table, stride: inputs, transposed: true),
            into: ProductOutput(base: out, rowStride: outputs), rows: blocks * rows, columns: outputs,
            depth: inputs)
    }
}

/// Adds to out[R, O] the product x[R, I]·matrix[I, O] of a matrix that stands row by row.
public func addProduct(
    _ x: Floats, by matrix: Floats, into out: MutableFloats, rows: Int, inputs: Int, outputs: Int
) {
    addProductInParallel(
        MatrixOperand(x, stride: inputs), MatrixOperand(matrix, stride: outputs),
        into: ProductOutput(base: out, rowStride: outputs), rows: rows, columns: outputs, depth: inputs)
}
