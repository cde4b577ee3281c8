import CVectors

extension ConvolutionGeometry {
    /// Whether a convolution is made by Winograd's way: 3 × 3 windows at every pixel of images that tiles fill well.
    ///
    /// For an input and an output channel it multiplies 36 times for a tile of 16 pixels instead of 144 times; to
    /// transform the weights takes as long as the products of four tiles. So an image of one tile repays it only in
    /// batches, which networks of more than 512 channels seldom see.
    public var suitsWinograd: Bool {
        let tiles = winogradTiles.count
        return kernel == 3 && stride == 1 && inputs % 16 == 0 && outputs % 16 == 0
            && 6 * tiles <= outputHeight * outputWidth && (tiles > 1 || inputs * outputs <= 1 << 18)
    }

    /// Whether weights that learn are better off without Winograd's way: images below 16 × 16 pixels of few channels.
    ///
    /// Its results are rounded four times as much (7.5e-7 of the root mean square of 192 channels, directly 1.8e-7), and
    /// AdamW makes as large a step of the least gradient as of any. Here it saves a seventh of a small UNet's step; of
    /// larger images, or more channels, two fifths of a ResNet's.
    var learnsDirectly: Bool { outputHeight * outputWidth < 256 && min(inputs, outputs) < 256 }

    /// The tiles of 4 × 4 output pixels of an image.
    var winogradTiles: WinogradTiles {
        WinogradTiles(rows: (outputHeight + 3) / 4, columns: (outputWidth + 3) / 4)
    }
}

/// The tiles of an image: rows and columns of them.
struct WinogradTiles {
    let rows, columns: Int

    var count: Int { rows * columns }

    /// Where a tile counted over all images is.
    func locate(_ place: Int) -> (image: Int, tile: Int) { (place / count, place % count) }
}

/// Convolves images with 3 × 3 windows by Winograd's F(4 × 4, 3 × 3): out[B, H′, W′, O] as `convolve` makes it.
///
/// Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015). A block of tiles, of all images one after
/// the other, is transformed, multiplied in 36 products, and transformed back. No bit depends on how tiles are put in
/// blocks, nor on the vector instructions but for those that multiply matrices.
func convolveByWinograd(
    _ x: Floats, weight: Panels, bias: Floats?, residual: Floats? = nil, into out: MutableFloats, batch: Int,
    geometry: ConvolutionGeometry, vectors: figment_vectors = widestVectors
) {
    let (inputs, outputs) = (geometry.inputs, geometry.outputs)
    let tiles = batch * geometry.winogradTiles.count
    let weights = 36 * inputs * outputs
    // Where the weights rest in the second-level cache, so does a block of what is transformed; otherwise it stays in the
    // third level's, and the weights serve many tiles when they pass by.
    let isSmall = weights <= 1 << 18
    let blocks = Tiling(
        tiles, target: max((isSmall ? 1 << 18 : 1 << 22) / (36 * (inputs + outputs)), isSmall ? 48 : 120))
    // Weights that are too many, or for one block alone, are transformed where they are used.
    let areKept = blocks.count > 1 && weights <= 1 << 24
    // A thread takes whole blocks where there are enough of them; otherwise all threads share each.
    let isShared = !areKept || blocks.count < 8
    let convolution = WinogradConvolution(
        x: x, weight: weight, bias: bias, residual: residual, out: out, geometry: geometry, vectors: vectors)
    withScratch(areKept ? 36 * planeSize(outputs, inputs) : 0) { kept in
        if areKept { convolution.transformAllWeights(into: kept) }
        parallelFor(blocks.count, chunk: isShared ? blocks.count : 1, work: tiles * weights) { range in
            for block in range { convolution.convolve(blocks[block], kept: areKept ? kept : nil) }
        }
    }
}

/// A convolution by Winograd's way, of as many images as there are.
private struct WinogradConvolution {
    let x: Floats
    let weight: Panels
    let bias, residual: Floats?
    let out: MutableFloats
    let geometry: ConvolutionGeometry
    let vectors: figment_vectors

    private var inputs: Int { geometry.inputs }
    private var outputs: Int { geometry.outputs }
    /// The inputs that are summed up at a time; no bit may depend on whether their weights are kept.
    private var inputChunks: Tiling { Tiling(inputs, target: 256) }

    /// Convolves a block of tiles of all images; with what `transformAllWeights` made, if it did.
    func convolve(_ tiles: Range<Int>, kept: Floats?) {
        let count = tiles.count
        let (inputPlane, outputPlane) = (planeSize(count, inputs), planeSize(count, outputs))
        withScratch(36 * (inputPlane + outputPlane)) { values in
            let products = values + 36 * inputPlane
            parallelFor(count, chunk: 4, work: count * inputs * 36 * 8) { range in
                for place in range {
                    let (image, tile) = geometry.winogradTiles.locate(tiles.lowerBound + place)
                    transformInput(
                        x + image * geometry.height * geometry.width * inputs, tile: tile, geometry,
                        into: values + place * inputs, plane: inputPlane, vectors)
                }
            }
            if let kept {
                multiply(values, by: kept, into: products, tiles: count)
            } else {
                parallelFor(outputs / 16, work: count * 36 * inputs * outputs) { range in
                    for panel in range { multiply(values, panel: panel, into: products, tiles: count) }
                }
            }
            parallelFor(count, chunk: 4, work: count * outputs * 36 * 8) { range in
                for place in range {
                    let (image, tile) = geometry.winogradTiles.locate(tiles.lowerBound + place)
                    transformOutput(
                        products + place * outputs, plane: outputPlane, image: image, tile: tile)
                }
            }
        }
    }

    /// Makes the weights of the 36 products: panels of matrices [I, O], `planeSize` apart.
    func transformAllWeights(into kept: MutableFloats) {
        parallelFor(outputs / 16, work: weight.depth * outputs * 8) { range in
            for panel in range {
                transformWeights(
                    panel: panel, 0..<inputs, into: kept + panel * 16 * inputs,
                    plane: planeSize(outputs, inputs))
            }
        }
    }

    /// G·g·Gᵀ of the weights of some inputs and a panel of outputs.
    private func transformWeights(
        panel: Int, _ inputs: Range<Int>, into transformed: MutableFloats, plane: Int
    ) {
        weight.withFloats(ofPanel: panel, inputs: inputs, places: 9) { values, step in
            figment_winograd_weights(vectors, values, step, 16 * inputs.count, transformed, plane)
        }
    }

    /// Makes all 36 products with weights that are kept.
    private func multiply(_ values: Floats, by kept: Floats, into products: MutableFloats, tiles: Int) {
        let (parts, chunks) = (Tiling(outputs, target: 320), inputChunks)
        parallelFor(36 * parts.count, work: tiles * 36 * inputs * outputs) { range in
            for index in range {
                let (point, part) = (index / parts.count, parts[index % parts.count])
                let weights = kept + point * planeSize(outputs, inputs) + part.lowerBound * inputs
                for chunk in 0..<chunks.count {
                    multiply(
                        values + point * planeSize(tiles, inputs), chunks[chunk],
                        by: weights + chunks[chunk].lowerBound * 16, panelStride: 16 * inputs,
                        into: products + point * planeSize(tiles, outputs), part, tiles: tiles)
                }
            }
        }
    }

    /// Makes all 36 products of a panel of outputs, whose weights are transformed some inputs at a time, into what the
    /// caches hold.
    private func multiply(_ values: Floats, panel: Int, into products: MutableFloats, tiles: Int) {
        let chunks = inputChunks
        let plane = planeSize(16, chunks.size)
        withScratch(36 * plane) { transformed in
            for chunk in 0..<chunks.count {
                let range = chunks[chunk]
                transformWeights(panel: panel, range, into: transformed, plane: plane)
                for point in 0..<36 {
                    multiply(
                        values + point * planeSize(tiles, inputs), range, by: transformed + point * plane,
                        into: products + point * planeSize(tiles, outputs),
                        panel * 16..<panel * 16 + 16, tiles: tiles)
                }
            }
        }
    }

    /// Adds a product of some inputs of the tiles by weights for some outputs to those of the inputs before.
    private func multiply(
        _ values: Floats, _ range: Range<Int>, by weights: Floats, panelStride: Int? = nil,
        into products: MutableFloats, _ part: Range<Int>, tiles: Int
    ) {
        let output = ProductOutput(base: products + part.lowerBound, rowStride: outputs)
        multiplyTile(
            MatrixOperand(values + range.lowerBound, stride: inputs), rows: tiles, depth: range.count,
            by: weights, panelStride: panelStride, columns: part.count,
            into: range.lowerBound > 0 ? output.adding : output)
    }

    /// Aᵀ·m·A of a tile's 36 products, into the pixels of out[B, H′, W′, O] that the tile covers.
    private func transformOutput(_ products: Floats, plane: Int, image: Int, tile: Int) {
        let columns = geometry.winogradTiles.columns
        let (top, left) = (tile / columns * 4, tile % columns * 4)
        let place = ((image * geometry.outputHeight + top) * geometry.outputWidth + left) * outputs
        figment_winograd_output(
            vectors, products, plane, outputs, bias, residual.map { $0 + place }, out + place,
            geometry.outputWidth * outputs, Int32(min(4, geometry.outputHeight - top)),
            Int32(min(4, geometry.outputWidth - left)))
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
