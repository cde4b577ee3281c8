import CVectors

/// Adds to dweight what dy says of the weights of a convolution that Winograd's way suits.
///
/// It is that way backwards: for each of the 36 points a product of the transformed inputs by the transformed gradients,
/// over the tiles of all images in their order, whose sum is transformed back.
func addWinogradWeightGradient(
    _ x: Floats, _ dy: Floats, into dweight: MutableFloats, batch: Int, geometry: ConvolutionGeometry
) {
    let (inputs, outputs) = (geometry.inputs, geometry.outputs)
    let imageTiles = geometry.winogradTiles
    let panels = Panels.count(columns: outputs)
    let (size, pointSize) = (16 * inputs, panels * 16 * inputs)
    let blocks = Tiling(batch * imageTiles.count, target: max((1 << 22) / (36 * (inputs + outputs)), 256))
    withScratch(36 * (pointSize + planeSize(blocks.size, inputs) + planeSize(blocks.size, outputs))) { sums in
        let values = sums + 36 * pointSize
        let slopes = values + 36 * planeSize(blocks.size, inputs)
        for block in 0..<blocks.count {
            let tiles = blocks[block]
            let count = tiles.count
            let (inputPlane, outputPlane) = (planeSize(count, inputs), planeSize(count, outputs))
            parallelFor(count, chunk: 4, work: count * (inputs + outputs) * 36 * 8) { range in
                for place in range {
                    let (image, tile) = imageTiles.locate(tiles.lowerBound + place)
                    transformInput(
                        x + image * geometry.height * geometry.width * inputs, tile: tile, geometry,
                        into: values + place * inputs, plane: inputPlane, widestVectors)
                    transformGradient(
                        dy + image * geometry.outputHeight * geometry.outputWidth * outputs, tile: tile,
                        geometry, into: slopes + place * outputs, plane: outputPlane)
                }
            }
            parallelFor(36, work: 36 * count * inputs * outputs) { range in
                for point in range {
                    multiply(
                        MatrixOperand(values + point * inputPlane, stride: inputs, transposed: true),
                        MatrixOperand(slopes + point * outputPlane, stride: outputs),
                        into: ProductOutput(base: sums + point * pointSize, rowStride: 16, panelStride: size),
                        rows: inputs, columns: outputs, depth: count, adds: block > 0)
                }
            }
        }
        parallelFor(panels, work: pointSize * 36 * 8) { range in
            for panel in range {
                figment_winograd_weights_back(
                    widestVectors, sums + panel * size, pointSize, size, dweight + panel * 9 * size, size)
            }
        }
    }
}

/// A·d·Aᵀ of the pixels of dy[H′, W′, O] that a tile covers.
private func transformGradient(
    _ dy: Floats, tile: Int, _ geometry: ConvolutionGeometry, into out: MutableFloats, plane: Int
) {
    let (row, column) = tile.quotientAndRemainder(dividingBy: geometry.winogradTiles.columns)
    let (top, left, channels) = (4 * row, 4 * column, geometry.outputs)
    figment_winograd_output_back(
        widestVectors, dy + (top * geometry.outputWidth + left) * channels, geometry.outputWidth * channels,
        Int32(min(4, geometry.outputHeight - top)), Int32(min(4, geometry.outputWidth - left)), channels, out,
        plane)
}
