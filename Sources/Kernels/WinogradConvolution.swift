import CVectors

extension ConvolutionGeometry {
    /// Whether a convolution is made by Winograd's way: 3 × 3 windows at every pixel.
    ///
    /// It needs 2.25 multiplications for an output value and input channel instead of 9, and weights four times as
    /// large, which pay where many pixels of an image share them, or where the caches hold them from image to image.
    public var suitsWinograd: Bool {
        let pixels = outputHeight * outputWidth
        return kernel == 3 && stride == 1 && inputs % 16 == 0 && outputs % 16 == 0
            && (pixels >= 1024 || pixels >= 16 && 36 * inputs * outputs <= 1 << 24)
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
                figment_winograd_weights(widestVectors, source, size, size, out + panel * size, pointSize)
            }
        }
    }
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
    // Where the weights rest in the second-level cache, so does a block of what is transformed; otherwise it stays in the
    // third level's, and the weights serve many tiles when they pass by.
    let isSmall = 36 * inputs * outputs <= 1 << 18
    let blocks = Tiling(
        batch * perImage,
        target: max((isSmall ? 1 << 18 : 1 << 22) / (36 * (inputs + outputs)), isSmall ? 48 : 120))
    // A thread takes whole blocks where there are enough of them; otherwise all threads share each.
    let isShared = blocks.count < 8
    parallelFor(
        blocks.count, chunk: isShared ? blocks.count : 1, work: batch * perImage * 36 * inputs * outputs
    ) {
        range in
        withScratch(36 * (planeSize(blocks.size, inputs) + planeSize(blocks.size, outputs))) { scratch in
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
    let (inputPlane, outputPlane) = (planeSize(count, inputs), planeSize(count, outputs))
    let products = scratch + 36 * inputPlane
    parallelFor(count, chunk: 4, work: count * inputs * 36 * 8) { range in
        for place in range {
            let (image, tile) = (tiles.lowerBound + place).quotientAndRemainder(dividingBy: perImage)
            transformInput(
                x + image * geometry.height * geometry.width * inputs, tile: tile, geometry,
                into: scratch + place * inputs, plane: inputPlane, vectors)
        }
    }
    let columns = Tiling(outputs, target: 320)
    parallelFor(36 * columns.count, work: 36 * count * inputs * outputs) { range in
        withUnsafeTemporaryAllocation(of: Floats?.self, capacity: count) { starts in
            guard let table = starts.baseAddress else { return }
            for index in range {
                let (point, part) = (index / columns.count, columns[index % columns.count])
                for place in 0..<count {
                    table[place] = UnsafePointer(scratch) + point * inputPlane + place * inputs
                }
                multiply(
                    RowPieces(starts: table, stride: count, steps: 1, piece: inputs), count: count,
                    by: weight + (point * outputs + part.lowerBound) * inputs, panelStride: 16 * inputs,
                    columns: part.count,
                    into: ProductOutput(
                        base: products + point * outputPlane + part.lowerBound, rowStride: outputs))
            }
        }
    }
    parallelFor(count, chunk: 4, work: count * outputs * 36 * 8) { range in
        for place in range {
            let (image, tile) = (tiles.lowerBound + place).quotientAndRemainder(dividingBy: perImage)
            let start = image * pixels * outputs
            transformOutput(
                products + place * outputs, plane: outputPlane, tile: tile, geometry, bias: bias,
                residual: residual.map { $0 + start }, into: out + start, vectors)
        }
    }
}

/// Floats from one of the 36 planes of some tiles to the next: a cache line more than they hold, so that the planes,
/// which are written side by side, do not all fall into the same places of the caches.
func planeSize(_ tiles: Int, _ channels: Int) -> Int { tiles * channels + 16 }

/// Bᵀ·d·B of the 6 × 6 pixels around a tile of x[H, W, C], zero outside of x.
func transformInput(
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
