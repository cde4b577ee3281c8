import COpenBLAS

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
}

/// Makes C[R, O] ← scale·A[R, I]·B[I, O] + keep·C on the calling thread; C's rows begin `stride` floats apart.
///
/// OpenBLAS copies both operands of a large product into an order of its own before it multiplies. With few rows,
/// as latents have, the copy of the weights takes as long as the product. Where there are kernels that read the
/// operands as they are, the product is cut into pieces of the size up to which OpenBLAS uses them.
public func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: MutableFloats, stride: Int, rows: Int, columns: Int,
    depth: Int, scale: Float = 1, keep: Float = 0
) {
    let blas = BLAS.shared
    func piece(rows: Range<Int>, columns: Range<Int>, depth: Range<Int>, keep: Float) {
        blas.sgemm(
            CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans, b.transposed ? CblasTrans : CblasNoTrans,
            blasint(rows.count), blasint(columns.count), blasint(depth.count), scale,
            a.place(row: rows.lowerBound, column: depth.lowerBound), blasint(a.stride),
            b.place(row: depth.lowerBound, column: columns.lowerBound), blasint(b.stride), keep,
            c + rows.lowerBound * stride + columns.lowerBound, blasint(stride))
    }
    guard rows > 0, columns > 0 else { return }
    guard blas.hasSmallKernels, !a.transposed, !b.transposed, rows * columns * depth > BLAS.smallProduct
    else {
        piece(rows: 0..<rows, columns: 0..<columns, depth: 0..<depth, keep: keep)
        return
    }
    let rowTiles = Tiling(rows, target: 32)
    let columnTiles = Tiling(columns, target: 512)
    let depthTiles = Tiling(depth, target: BLAS.smallProduct / (rowTiles.size * columnTiles.size) & ~15)
    // A piece of B stays in the second-level cache while all rows pass by it.
    for column in 0..<columnTiles.count {
        for inner in 0..<depthTiles.count {
            for row in 0..<rowTiles.count {
                piece(
                    rows: rowTiles[row], columns: columnTiles[column], depth: depthTiles[inner],
                    keep: inner == 0 ? keep : 1)
            }
        }
    }
}

/// Fills out[R, O] with `bias` [O] in every row (zero where nil), plus `residual` [R, O] where there is one.
///
/// Both out and residual have rows `stride` apart. A product that keeps what it finds then adds itself to both.
func start(
    _ out: MutableFloats, stride: Int, rows: Int, columns: Int, bias: Floats?, residual: Floats?
) {
    for row in 0..<rows {
        let target = out + row * stride
        switch (bias, residual.map { $0 + row * stride }) {
        case (nil, nil): target.update(repeating: 0, count: columns)
        case (let bias?, nil): target.update(from: bias, count: columns)
        case (nil, let residual?): target.update(from: residual, count: columns)
        case (let bias?, let residual?):
            for column in 0..<columns { target[column] = residual[column] + bias[column] }
        }
    }
}

/// A linear map of rows: out[B, R, O] = x[B, R, I]·weight[I, O] + bias[O] + residual[B, R, O].
///
/// Each of the B blocks is multiplied by itself, in tiles cut by R, I and O alone, so that a block's result never
/// depends on its neighbours. `residual` may be `out` itself.
public func mapLinearly(
    _ x: Floats, weight: Floats, bias: Floats? = nil, residual: Floats? = nil, into out: MutableFloats,
    blocks: Int, rows: Int, inputs: Int, outputs: Int
) {
    if rows == 1 {
        start(out, stride: outputs, rows: blocks, columns: outputs, bias: bias, residual: residual)
        addRowProduct(
            x, stride: inputs, weight: weight, weightStride: outputs, into: out, outStride: outputs,
            rows: blocks, inputs: inputs, outputs: outputs)
        return
    }
    let rowTiles = Tiling(rows, target: 256)
    let isWide = rowTiles.count == 1 && rows * inputs * outputs > 1 << 24
    let columnTiles = Tiling(outputs, target: isWide ? 768 : outputs)
    let perBlock = rowTiles.count * columnTiles.count
    parallelFor(blocks * perBlock, work: blocks * rows * inputs * outputs) { range in
        for index in range {
            let tile = index % perBlock
            let rowRange = rowTiles[tile / columnTiles.count]
            let columnRange = columnTiles[tile % columnTiles.count]
            let row = index / perBlock * rows + rowRange.lowerBound
            let place = row * outputs + columnRange.lowerBound
            start(
                out + place, stride: outputs, rows: rowRange.count, columns: columnRange.count,
                bias: bias.map { $0 + columnRange.lowerBound }, residual: residual.map { $0 + place })
            multiply(
                MatrixOperand(x + row * inputs, stride: inputs),
                MatrixOperand(weight + columnRange.lowerBound, stride: outputs),
                into: out + place, stride: outputs, rows: rowRange.count, columns: columnRange.count,
                depth: inputs, keep: 1)
        }
    }
}
