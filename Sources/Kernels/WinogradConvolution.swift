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

/// The weights of a 3 × 3 convolution as Winograd's F(4 × 4, 3 × 3) multiplies them: the panels of 36 matrices [C, O],
/// one after the other, of those of [3·3·C, O].
///
/// Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015), with the points 0, ±1, ±2, ∞; the sums
/// are made in double precision.
public func winogradWeights(_ weight: Panels, into out: MutableFloats) {
    let inputs = weight.depth / 9
    let size = inputs * 16
    let pointSize = Panels.count(columns: weight.columns) * size
    parallelFor(Panels.count(columns: weight.columns), work: weight.depth * weight.columns * 8) { range in
        for panel in range {
            weight.withFloats(ofPanel: panel) { source in
                for place in 0..<size {
                    winogradWeight(source + place, size, into: out + panel * size + place, pointSize)
                }
            }
        }
    }
}

/// G·g·Gᵀ of one 3 × 3 window of weights, `step` floats apart, into 36 places.
@inline(__always)
private func winogradWeight(_ g: Floats, _ step: Int, into out: MutableFloats, _ pointSize: Int) {
    typealias Six = (Double, Double, Double, Double, Double, Double)
    func factors(_ a: Double, _ b: Double, _ c: Double) -> Six {
        let (even, odd, ends) = ((a + c) / 6, b / 6, a / 24 + c / 6)
        return (a / 4, -even - odd, odd - even, ends + b / 12, ends - b / 12, c)
    }
    func column(_ index: Int) -> Six {
        factors(Double(g[index * step]), Double(g[(3 + index) * step]), Double(g[(6 + index) * step]))
    }
    func put(_ row: Int, _ a: Double, _ b: Double, _ c: Double) {
        let (line, values) = (out + 6 * row * pointSize, factors(a, b, c))
        line[0] = Float(values.0)
        line[pointSize] = Float(values.1)
        line[2 * pointSize] = Float(values.2)
        line[3 * pointSize] = Float(values.3)
        line[4 * pointSize] = Float(values.4)
        line[5 * pointSize] = Float(values.5)
    }
    let (a, b, c) = (column(0), column(1), column(2))
    put(0, a.0, b.0, c.0)
    put(1, a.1, b.1, c.1)
    put(2, a.2, b.2, c.2)
    put(3, a.3, b.3, c.3)
    put(4, a.4, b.4, c.4)
    put(5, a.5, b.5, c.5)
}

/// Convolves images with 3 × 3 windows by Winograd's F(4 × 4, 3 × 3): out[B, H′, W′, O] as `convolve` makes it.
///
/// `weight` is what `winogradWeights` made. A block of tiles, of all images one after the other, is transformed,
/// multiplied in 36 products, and transformed back. `residual` may be `out` itself.
public func convolveByWinograd(
    _ x: Floats, weight: Floats, bias: Floats?, residual: Floats? = nil, into out: MutableFloats, batch: Int,
    geometry: ConvolutionGeometry
) {
    convolveByWinograd(
        x, weight: weight, bias: bias, residual: residual, into: out, batch: batch, geometry: geometry,
        vectors: widestVectors)
}

/// The same with the vector instructions given; the transforms give the same bits with any.
func convolveByWinograd(
    _ x: Floats, weight: Floats, bias: Floats?, residual: Floats?, into out: MutableFloats, batch: Int,
    geometry: ConvolutionGeometry, vectors: figment_vectors
) {
    let (inputs, outputs) = (geometry.inputs, geometry.outputs)
    let perImage = geometry.winogradTiles.rows * geometry.winogradTiles.columns
    // What is transformed stays in the third-level cache, and the weights serve many tiles when they pass by.
    let blocks = Tiling(batch * perImage, target: max((1 << 22) / (36 * (inputs + outputs)), 120))
    // A thread takes whole blocks where there are enough of them; otherwise all threads share each.
    let isShared = blocks.count < 8
    parallelFor(
        blocks.count, chunk: isShared ? blocks.count : 1, work: batch * perImage * 36 * inputs * outputs
    ) {
        range in
        withScratch(36 * blocks.size * (inputs + outputs)) { scratch in
            for block in range {
                convolveByWinograd(
                    x, tiles: blocks[block], perImage: perImage, weight: weight, bias: bias,
                    residual: residual,
                    into: out, geometry, scratch: scratch, vectors: vectors)
            }
        }
    }
}

/// The same for a block of tiles; `scratch` has room for 36 values of every tile and channel of both sides.
private func convolveByWinograd(
    _ x: Floats, tiles: Range<Int>, perImage: Int, weight: Floats, bias: Floats?, residual: Floats?,
    into out: MutableFloats, _ geometry: ConvolutionGeometry, scratch: MutableFloats, vectors: figment_vectors
) {
    let (inputs, outputs, count) = (geometry.inputs, geometry.outputs, tiles.count)
    let pixels = geometry.outputHeight * geometry.outputWidth
    let products = scratch + 36 * count * inputs
    parallelFor(count, chunk: 4, work: count * inputs * 36 * 8) { range in
        for place in range {
            let (image, tile) = (tiles.lowerBound + place).quotientAndRemainder(dividingBy: perImage)
            transformInput(
                x + image * geometry.height * geometry.width * inputs, tile: tile, geometry,
                into: scratch + place * inputs, plane: count * inputs, vectors)
        }
    }
    let columns = Tiling(outputs, target: 320)
    parallelFor(36 * columns.count, work: 36 * count * inputs * outputs) { range in
        withUnsafeTemporaryAllocation(of: Floats?.self, capacity: count) { starts in
            guard let table = starts.baseAddress else { return }
            for index in range {
                let (point, part) = (index / columns.count, columns[index % columns.count])
                for place in 0..<count {
                    table[place] = UnsafePointer(scratch) + (point * count + place) * inputs
                }
                multiply(
                    RowPieces(starts: table, stride: count, steps: 1, piece: inputs), count: count,
                    by: weight + (point * outputs + part.lowerBound) * inputs, panelStride: 16 * inputs,
                    columns: part.count,
                    into: ProductOutput(
                        base: products + point * count * outputs + part.lowerBound, rowStride: outputs))
            }
        }
    }
    parallelFor(count, chunk: 4, work: count * outputs * 36 * 8) { range in
        for place in range {
            let (image, tile) = (tiles.lowerBound + place).quotientAndRemainder(dividingBy: perImage)
            let start = image * pixels * outputs
            transformOutput(
                products + place * outputs, plane: count * outputs, tile: tile, geometry, bias: bias,
                residual: residual.map { $0 + start }, into: out + start, vectors)
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
    _ products: Floats, plane: Int, tile: Int, _ geometry: ConvolutionGeometry, bias: Floats?,
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
