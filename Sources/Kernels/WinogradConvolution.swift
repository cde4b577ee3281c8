import CVectors

extension ConvolutionGeometry {
    /// Whether a convolution is made by Winograd's way: 3 × 3 windows at every pixel of a large image.
    ///
    /// It needs 2.25 multiplications for an output value and input channel instead of 9, and weights four times as
    /// large, which only pay where many pixels share them.
    public var suitsWinograd: Bool {
        kernel == 3 && stride == 1 && inputs % 16 == 0 && outputs % 16 == 0
            && outputHeight * outputWidth >= 1024
    }

    /// The tiles of 4 × 4 output pixels of an image: rows and columns of them.
    var winogradTiles: (rows: Int, columns: Int) { ((outputHeight + 3) / 4, (outputWidth + 3) / 4) }
}

/// The weights of a 3 × 3 convolution as Winograd's F(4 × 4, 3 × 3) multiplies them: [36, C, O] of [3, 3, C, O].
///
/// Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015), with the points 0, ±1, ±2, ∞; the sums
/// are made in double precision.
public func winogradWeights(_ weight: Floats, inputs: Int, outputs: Int) -> [Float] {
    let size = inputs * outputs
    return [Float](unsafeUninitializedCapacity: 36 * size) { buffer, count in
        guard let out = buffer.baseAddress else { return }
        parallelFor(inputs, chunk: 16) { range in
            for place in range.lowerBound * outputs..<range.upperBound * outputs {
                var half = [Double](repeating: 0, count: 18)
                for column in 0..<3 {
                    let g = (0..<3).map { Double(weight[(3 * $0 + column) * size + place]) }
                    for (row, value) in winogradFactors(g[0], g[1], g[2]).enumerated() {
                        half[3 * row + column] = value
                    }
                }
                for row in 0..<6 {
                    let values = winogradFactors(half[3 * row], half[3 * row + 1], half[3 * row + 2])
                    for (column, value) in values.enumerated() {
                        out[(6 * row + column) * size + place] = Float(value)
                    }
                }
            }
        }
        count = 36 * size
    }
}

/// G·g for three weights of a row or column.
private func winogradFactors(_ a: Double, _ b: Double, _ c: Double) -> [Double] {
    [
        a / 4, -(a + b + c) / 6, -(a - b + c) / 6, (a + 2 * b + 4 * c) / 24, (a - 2 * b + 4 * c) / 24, c,
    ]
}

/// Convolves images with 3 × 3 windows by Winograd's F(4 × 4, 3 × 3): out[B, H′, W′, O] as `convolve` makes it.
///
/// `weight` is what `winogradWeights` made. A block of tiles is transformed, multiplied in 36 products, and
/// transformed back; blocks are cut by the geometry alone, within one image. `residual` may be `out` itself.
public func convolveByWinograd(
    _ x: Floats, weight: Floats, bias: Floats, residual: Floats? = nil, into out: MutableFloats, batch: Int,
    geometry: ConvolutionGeometry
) {
    convolveByWinograd(
        x, weight: weight, bias: bias, residual: residual, into: out, batch: batch, geometry: geometry,
        vectors: widestVectors)
}

/// The same with the vector instructions given; the transforms give the same bits with any.
func convolveByWinograd(
    _ x: Floats, weight: Floats, bias: Floats, residual: Floats?, into out: MutableFloats, batch: Int,
    geometry: ConvolutionGeometry, vectors: figment_vectors
) {
    let (inputs, outputs) = (geometry.inputs, geometry.outputs)
    let tiles = geometry.winogradTiles
    let blocks = Tiling(tiles.rows * tiles.columns, target: 128)
    let pixels = geometry.outputHeight * geometry.outputWidth
    let work = batch * blocks.total * 36 * inputs * outputs
    parallelFor(batch * blocks.count, work: work) { range in
        withScratch(36 * blocks.size * (inputs + outputs)) { scratch in
            let products = scratch + 36 * blocks.size * inputs
            for index in range {
                let image = index / blocks.count
                let block = blocks[index % blocks.count]
                let source = x + image * geometry.height * geometry.width * inputs
                for (place, tile) in block.enumerated() {
                    transformInput(
                        source, tile: tile, geometry, into: scratch + place * inputs,
                        plane: blocks.size * inputs, vectors)
                }
                for point in 0..<36 {
                    multiply(
                        MatrixOperand(scratch + point * blocks.size * inputs, stride: inputs),
                        MatrixOperand(weight + point * inputs * outputs, stride: outputs),
                        into: products + point * blocks.size * outputs, stride: outputs, rows: block.count,
                        columns: outputs, depth: inputs)
                }
                for (place, tile) in block.enumerated() {
                    transformOutput(
                        products + place * outputs, plane: blocks.size * outputs, tile: tile, geometry,
                        bias: bias, residual: residual.map { $0 + image * pixels * outputs },
                        into: out + image * pixels * outputs, vectors)
                }
            }
        }
    }
}

/// Bᵀ·d·B of the 6 × 6 pixels around a tile of x[H, W, C], zero outside of x.
private func transformInput(
    _ x: Floats, tile: Int, _ geometry: ConvolutionGeometry, into out: MutableFloats, plane: Int,
    _ vectors: figment_vectors
) {
    let channels = geometry.inputs
    let columns = geometry.winogradTiles.columns
    let top = tile / columns * 4 - geometry.padding.top
    let left = tile % columns * 4 - geometry.padding.left
    withUnsafeTemporaryAllocation(of: Floats?.self, capacity: 6) { rows in
        for row in 0..<6 {
            let y = top + row
            rows[row] =
                y < 0 || y >= geometry.height ? nil : x + (y * geometry.width + left) * channels
        }
        figment_winograd_input(
            vectors, rows.baseAddress, channels, Int32(max(0, -left)), Int32(min(6, geometry.width - left)),
            channels, out, plane)
    }
}

/// Aᵀ·m·A of a tile's 36 products, into the pixels of out[H′, W′, O] that the tile covers.
private func transformOutput(
    _ products: Floats, plane: Int, tile: Int, _ geometry: ConvolutionGeometry, bias: Floats,
    residual: Floats?, into out: MutableFloats, _ vectors: figment_vectors
) {
    let channels = geometry.outputs
    let columns = geometry.winogradTiles.columns
    let (top, left) = (tile / columns * 4, tile % columns * 4)
    let place = (top * geometry.outputWidth + left) * channels
    figment_winograd_output(
        vectors, products, plane, channels, bias, residual.map { $0 + place }, out + place,
        geometry.outputWidth * channels, Int32(min(4, geometry.outputHeight - top)),
        Int32(min(4, geometry.outputWidth - left)))
}

/// The widest vector instructions that this processor and the operating system have.
let widestVectors = CPUFeatures().vectors

extension CPUFeatures {
    var vectors: figment_vectors {
        if flags.isSuperset(of: ["avx512f", "avx512vl"]) { return figment_vectors_wide }
        return flags.contains("avx2") ? figment_vectors_middle : figment_vectors_plain
    }
}
