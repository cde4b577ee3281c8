import CVectors

/// Rows of the left-hand matrix of a product, each in `steps` pieces that lie anywhere, of values for `piece` lines of a
/// panel.
struct RowPieces {
    /// Where row r's piece of step s begins: `starts[s * stride + r]`.
    let starts: UnsafePointer<Floats?>
    /// Rows in the table.
    let stride: Int
    let steps, piece: Int
    /// How the values and the panels lie in memory.
    var format = figment_format_floats
}

/// Where a product goes, and what is added to it on the way.
struct ProductOutput {
    /// Row r's columns of panel p begin at `base + r * rowStride + p * panelStride`.
    var base: MutableFloats
    var rowStride: Int
    var panelStride = 16
    /// Values laid out as the output is, which may be the output's own.
    var addend: Floats?
    /// A value for every column.
    var bias: Floats?

    /// The same, to what is there already.
    var adding: ProductOutput {
        var output = self
        output.addend = UnsafePointer(base)
        return output
    }

    /// The part from a row and a column on, which must begin a panel.
    func from(row: Int, column: Int) -> ProductOutput {
        let place = row * rowStride + column / 16 * panelStride
        return ProductOutput(
            base: base + place, rowStride: rowStride, panelStride: panelStride,
            addend: addend.map { $0 + place },
            bias: bias.map { $0 + column })
    }
}

/// Multiplies rows by the columns of some panels on the calling thread.
///
/// The depth is cut into blocks by the sizes of the pieces alone, of which a panel's rest in the first-level cache; each
/// value's sums are made block by block in their order. So a value's bits depend neither on the rows and columns that are
/// computed with it nor on how they are shared among threads.
func multiply(
    _ rows: RowPieces, count: Int, by panels: Floats, panelStride: Int, columns: Int,
    into output: ProductOutput,
    vectors: figment_vectors = widestVectors
) {
    let cut = Tiling(rows.piece, target: 320)
    let group = cut.count > 1 ? 1 : max(1, 320 / rows.piece)
    var product = figment_product()
    product.row_stride = rows.stride
    product.panel_stride = panelStride
    product.out = output.base
    product.out_row = output.rowStride
    product.out_panel = output.panelStride
    product.addend = output.addend
    product.bias = output.bias
    product.row_count = count
    product.columns = columns
    // A few panels, or one pass of one or two rows over them, do not repay what interleaving the rows costs.
    let isInterleaved = rows.format == figment_format_floats && columns >= 128 && count > 2
    withScratch(isInterleaved ? count * group * cut.size : 0) { interleaved in
        product.interleaved = UnsafePointer(interleaved)
        for step in stride(from: 0, to: rows.steps, by: group) {
            product.rows = rows.starts + step * rows.stride
            product.steps = min(group, rows.steps - step)
            for index in 0..<cut.count {
                let range = cut[index]
                product.offset = range.lowerBound
                product.piece = range.count
                product.panels = panels + (step * rows.piece + range.lowerBound) * 16
                if isInterleaved { figment_interleave_rows(vectors, &product, interleaved) }
                figment_panel_product(
                    vectors, isInterleaved ? figment_format_interleaved : rows.format, &product)
                product.addend = UnsafePointer(output.base)
                product.bias = nil
            }
        }
    }
}

/// How a product of R rows and N columns is cut into tiles for threads to take.
struct ProductGrid {
    private let rows, columns: Tiling

    /// Tiles whose rows stay in the second-level cache while panels pass by, and enough of them to be shared.
    init(rows: Int, columns: Int) {
        self.rows = Tiling(rows, target: 240)
        let wanted = (columns * self.rows.count / 16 + 15) & ~15
        self.columns = Tiling(columns, target: min(max(wanted, 64), 512))
    }

    var count: Int { rows.count * columns.count }

    subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
        (rows[index / columns.count], columns[index % columns.count])
    }
}

/// Multiplies R rows by panels on several threads: out[R, N] = rows·panels + addend + bias.
///
/// The rows are as `withOperand` gives them for the panels' precision.
///
/// - Parameter locate: writes where the pieces of some rows begin, [steps, rows], into a table.
func multiplyInParallel(
    rows: Int, steps: Int, piece: Int, by panels: Panels, into output: ProductOutput,
    locate: (_ rows: Range<Int>, _ starts: UnsafeMutablePointer<Floats?>) -> Void
) {
    let grid = ProductGrid(rows: rows, columns: panels.columns)
    parallelFor(grid.count, work: rows * panels.depth * panels.columns) { range in
        for index in range {
            let (rows, columns) = grid[index]
            withUnsafeTemporaryAllocation(of: Floats?.self, capacity: rows.count * steps) { starts in
                guard let table = starts.baseAddress else { return }
                locate(rows, table)
                multiply(
                    RowPieces(
                        starts: table, stride: rows.count, steps: steps, piece: piece,
                        format: panels.precision.format),
                    count: rows.count,
                    by: panels.base + columns.lowerBound / 16 * panels.stride, panelStride: panels.stride,
                    columns: columns.count,
                    into: output.from(row: rows.lowerBound, column: columns.lowerBound))
            }
        }
    }
}

/// A linear map of rows: out[R, O] = x[R, I]·weight[I, O] + bias[O] + residual[R, O].
///
/// `residual` may be `out` itself.
public func mapLinearly(
    _ x: Floats, weight: Panels, bias: Floats? = nil, residual: Floats? = nil, into out: MutableFloats,
    rows: Int
) {
    withOperand(x, rows: rows, columns: weight.depth, format: weight.precision.format) { x in
        multiplyInParallel(
            rows: rows, steps: 1, piece: weight.lines, by: weight,
            into: ProductOutput(base: out, rowStride: weight.columns, addend: residual, bias: bias)
        ) { rows, starts in
            for (place, row) in rows.enumerated() { starts[place] = x.base + row * x.stride }
        }
    }
}
