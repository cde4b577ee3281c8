import CVectors

/// Makes dx[B, H, W, I] of what dy[B, H′, W′, O] says of the input of `convolve`, and of `residual`, which may be dx.
///
/// It is the convolution of dy, spread out by the stride, with the weights turned around: `turned` [K·K·O, I] of
/// `turnPanels`. Small images are convolved as `convolve` does where the weights are `learning`.
public func convolveBack(
    _ dy: Floats, turned: Panels, residual: Floats?, into dx: MutableFloats, batch: Int,
    geometry: ConvolutionGeometry, learning: Bool = false
) {
    let back = geometry.turned
    let size = back.height * back.width * back.inputs
    guard geometry.stride > 1 else {
        convolve(
            dy, weight: turned, residual: residual, into: dx, batch: batch, geometry: back,
            learning: learning)
        return
    }
    var spread = [Float](repeating: 0, count: batch * size)
    spread.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        let (width, channels) = (geometry.outputWidth, geometry.outputs)
        for image in 0..<batch {
            for pixel in 0..<geometry.outputHeight * width {
                let (y, x) = (pixel / width * geometry.stride, pixel % width * geometry.stride)
                (base + image * size + (y * back.width + x) * channels).update(
                    from: dy + (image * geometry.outputHeight * width + pixel) * channels, count: channels)
            }
        }
        convolve(
            base, weight: turned, residual: residual, into: dx, batch: batch, geometry: back,
            learning: learning)
    }
}

extension ConvolutionGeometry {
    /// The convolution that carries gradients back: from spread-out outputs to inputs.
    public var turned: ConvolutionGeometry {
        let (tall, wide) = ((outputHeight - 1) * stride + 1, (outputWidth - 1) * stride + 1)
        let (top, left) = (kernel - 1 - padding.top, kernel - 1 - padding.left)
        precondition(top >= 0 && left >= 0, "a padding of more than the kernel")
        return ConvolutionGeometry(
            height: tall, width: wide, inputs: outputs, outputs: inputs, kernel: kernel, stride: 1,
            padding: .init(
                top: top, left: left, bottom: height + kernel - 1 - tall - top,
                right: width + kernel - 1 - wide - left))
    }
}

/// Adds to dweight, panels [⌈O/16⌉, K·K·I, 16], what dy[B, H′, W′, O] says of the weights of a convolution of
/// x[B, H, W, I].
///
/// Each place of the window is a product of its own, over all images in their order: of a channel of x, whose rows of
/// pixels are pieces, by dy. What all places of a row of the window share, x turned and dy in panels, is made once.
public func addConvolutionWeightGradient(
    _ x: Floats, _ dy: Floats, into dweight: MutableFloats, batch: Int, geometry: ConvolutionGeometry
) {
    guard !geometry.suitsWinograd else {
        return addWinogradWeightGradient(x, dy, into: dweight, batch: batch, geometry: geometry)
    }
    let (inputs, outputs, width) = (geometry.inputs, geometry.outputs, geometry.outputWidth)
    let inputTiles = Tiling(inputs, target: 48)
    let outputTiles = Tiling(outputs, target: 512)
    let parts = Tiling(batch * geometry.outputHeight, target: max(512 / width, 1))
    let turned = TurnedRows(geometry)
    let lineFloats = parts.size * turned.width
    let panelFloats = (outputTiles.size + 16) * parts.size * width
    let tasks = geometry.kernel * inputTiles.count * outputTiles.count

    /// Adds what some rows of output pixels say of the weights of a row of the window.
    func add(
        _ rows: Range<Int>, windowRow: Int, _ channels: Range<Int>, _ outs: Range<Int>, panels: MutableFloats,
        lines: MutableFloats, zeros: Floats, table: UnsafeMutablePointer<Floats?>
    ) {
        let depth = rows.count * width
        turned.locate(rows, windowRow: windowRow, of: x, zeros: zeros, into: table)
        figment_transpose(
            widestVectors, table, channels.lowerBound, rows.count * turned.width, channels.count, lines,
            lineFloats)
        packRows(
            dy + rows.lowerBound * width * outputs + outs.lowerBound, stride: outputs, depth: depth,
            columns: outs.count, into: panels, panelStride: 16 * depth)
        for column in 0..<geometry.kernel {
            let first = lines + turned.place(ofWindowColumn: column)
            for step in 0..<rows.count {
                for channel in 0..<channels.count {
                    table[step * channels.count + channel] = UnsafePointer(
                        first + channel * lineFloats + step * turned.width)
                }
            }
            let place = (windowRow * geometry.kernel + column) * inputs + channels.lowerBound
            let output = ProductOutput(
                base: dweight + outs.lowerBound * geometry.depth + place * 16, rowStride: 16,
                panelStride: 16 * geometry.depth)
            multiply(
                RowPieces(starts: table, stride: channels.count, steps: rows.count, piece: width),
                count: channels.count, by: panels, panelStride: 16 * depth, columns: outs.count,
                into: output.adding)
        }
    }
    parallelFor(tasks, work: batch * geometry.outputHeight * width * geometry.depth * outputs) { range in
        withScratch(panelFloats + inputTiles.size * lineFloats + inputs) { panels in
            let lines = panels + panelFloats
            let zeros = lines + inputTiles.size * lineFloats
            zeros.update(repeating: 0, count: inputs)
            let places = max(lineFloats, parts.size * inputTiles.size)
            withUnsafeTemporaryAllocation(of: Floats?.self, capacity: places) { table in
                guard let table = table.baseAddress else { return }
                for index in range {
                    let (rest, outs) = index.quotientAndRemainder(dividingBy: outputTiles.count)
                    let (row, channels) = rest.quotientAndRemainder(dividingBy: inputTiles.count)
                    for part in 0..<parts.count {
                        add(
                            parts[part], windowRow: row, inputTiles[channels], outputTiles[outs],
                            panels: panels, lines: lines, zeros: zeros, table: table)
                    }
                }
            }
        }
    }
}

/// The rows of pixels that a row of the window passes over, one for each row of output pixels, as its columns read them:
/// each stride's pixels side by side.
private struct TurnedRows {
    /// Pixels of a row, in the order of `place`.
    let width: Int
    private let geometry: ConvolutionGeometry
    /// Pixels that lie side by side.
    private let run: Int

    init(_ geometry: ConvolutionGeometry) {
        self.geometry = geometry
        run = geometry.outputWidth + (geometry.kernel - 1) / geometry.stride
        width = run * min(geometry.stride, geometry.kernel)
    }

    /// Where the pixels of a column of the window begin in a row.
    func place(ofWindowColumn column: Int) -> Int {
        column % geometry.stride * run + column / geometry.stride
    }

    /// Writes where each pixel of the rows begins in x[B, H, W, I]; `zeros` [I] beyond the sides.
    func locate(
        _ rows: Range<Int>, windowRow: Int, of x: Floats, zeros: Floats,
        into table: UnsafeMutablePointer<Floats?>
    ) {
        let (height, columns, inputs) = (geometry.height, geometry.width, geometry.inputs)
        for (slot, row) in rows.enumerated() {
            let (image, y) = row.quotientAndRemainder(dividingBy: geometry.outputHeight)
            let top = y * geometry.stride - geometry.padding.top + windowRow
            for place in 0..<width {
                let column = place % run * geometry.stride + place / run - geometry.padding.left
                table[slot * width + place] =
                    top < 0 || top >= height || column < 0 || column >= columns
                    ? zeros : x + ((image * height + top) * columns + column) * inputs
            }
        }
    }
}
