import CVectors

/// Adds to dx[B, H, W, I] what dy[B, H′, W′, O] says of the input of `convolve`.
///
/// It is the convolution of dy, spread out by the stride, with the weights turned around: `turned` [K·K·O, I] of
/// `turnPanels`.
public func convolveBack(
    _ dy: Floats, turned: Panels, into dx: MutableFloats, batch: Int, geometry: ConvolutionGeometry
) {
    let back = geometry.turned
    let size = back.height * back.width * back.inputs
    guard geometry.stride > 1 else {
        convolve(dy, weight: turned, residual: dx, into: dx, batch: batch, geometry: back)
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
        convolve(base, weight: turned, residual: dx, into: dx, batch: batch, geometry: back)
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
/// Each place of the window is a product of its own, over all images in their order.
public func addConvolutionWeightGradient(
    _ x: Floats, _ dy: Floats, into dweight: MutableFloats, batch: Int, geometry: ConvolutionGeometry
) {
    let (inputs, outputs) = (geometry.inputs, geometry.outputs)
    let windows = ConvolutionWindows(
        OperandRows(base: x, stride: geometry.inputs), geometry, byPixel: true)
    let inputTiles = Tiling(inputs, target: 96)
    let outputTiles = Tiling(outputs, target: 512)
    let parts = Tiling(batch * windows.pixels, target: 512)
    let tasks = windows.steps * inputTiles.count * outputTiles.count
    parallelFor(tasks, work: batch * windows.pixels * geometry.depth * outputs) { range in
        let panelFloats = outputTiles.size * parts.size + 16 * parts.size
        withScratch(panelFloats + inputTiles.size * parts.size + inputs) { panels in
            let turned = panels + panelFloats
            let zeros = turned + inputTiles.size * parts.size
            zeros.update(repeating: 0, count: inputs)
            withUnsafeTemporaryAllocation(of: Floats?.self, capacity: parts.size) { starts in
                guard let table = starts.baseAddress else { return }
                for index in range {
                    let outs = outputTiles[index % outputTiles.count]
                    let channels = inputTiles[index / outputTiles.count % inputTiles.count]
                    let place = index / outputTiles.count / inputTiles.count
                    let output = ProductOutput(
                        base: dweight + outs.lowerBound * geometry.depth
                            + (place * inputs + channels.lowerBound) * 16,
                        rowStride: 16, panelStride: 16 * geometry.depth)
                    for part in 0..<parts.count {
                        let pixels = parts[part]
                        windows.locate(pixels, step: place, zeros: zeros, into: table)
                        figment_transpose(
                            table, channels.lowerBound, pixels.count, channels.count, turned, pixels.count)
                        packRows(
                            dy + pixels.lowerBound * outputs + outs.lowerBound, stride: outputs,
                            depth: pixels.count, columns: outs.count, into: panels,
                            panelStride: 16 * pixels.count)
                        multiplyTile(
                            MatrixOperand(turned, stride: pixels.count), rows: channels.count,
                            depth: pixels.count, by: panels, columns: outs.count, into: output.adding)
                    }
                }
            }
        }
    }
}
