/// Adds to dx[B, H, W, I] what dy[B, H′, W′, O] says of the input of `convolve`.
///
/// It is the convolution of dy, spread out by the stride, with the weights turned around: `turned` [K·K·O, I] of
/// `turnedWeights`.
public func convolveBack(
    _ dy: Floats, turned: Floats, into dx: MutableFloats, batch: Int, geometry: ConvolutionGeometry
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

/// The weights [K·K·O, I] that carry gradients back: weight[K·K·I, O] with every place's matrix transposed, places in
/// reverse order.
public func turnedWeights(_ weight: Floats, kernel: Int, inputs: Int, outputs: Int) -> [Float] {
    let places = kernel * kernel
    return [Float](unsafeUninitializedCapacity: places * inputs * outputs) { buffer, count in
        guard let out = buffer.baseAddress else { return }
        for place in 0..<places {
            transpose(
                weight + place * inputs * outputs, into: out + (places - 1 - place) * inputs * outputs,
                batch: 1, rows: inputs, columns: outputs)
        }
        count = places * inputs * outputs
    }
}

/// Adds to dweight[K·K·I, O] what dy[B, H′, W′, O] says of the weights of a convolution of x[B, H, W, I].
///
/// Each place of the window is a product of its own, over all images in their order.
public func addConvolutionWeightGradient(
    _ x: Floats, _ dy: Floats, into dweight: MutableFloats, batch: Int, geometry: ConvolutionGeometry
) {
    let (inputs, outputs, kernel) = (geometry.inputs, geometry.outputs, geometry.kernel)
    let pixels = geometry.outputHeight * geometry.outputWidth
    let inputTiles = Tiling(inputs, target: 128)
    let rows = Tiling(batch * pixels, target: 512)
    let tasks = kernel * kernel * inputTiles.count
    parallelFor(tasks, work: batch * pixels * geometry.depth * outputs) { range in
        for index in range {
            let place = index / inputTiles.count
            let channels = inputTiles[index % inputTiles.count]
            withScratch(rows.size * channels.count) { gathered in
                for tile in 0..<rows.count {
                    gather(x, rows: rows[tile], place: place, channels: channels, geometry, into: gathered)
                    multiply(
                        MatrixOperand(gathered, stride: channels.count, transposed: true),
                        MatrixOperand(dy + rows[tile].lowerBound * outputs, stride: outputs),
                        into: dweight + (place * inputs + channels.lowerBound) * outputs, stride: outputs,
                        rows: channels.count, columns: outputs, depth: rows[tile].count, keep: 1)
                }
            }
        }
    }
}

/// Gathers for output pixels `rows` of a batch the input pixel under one place of the window, zero outside.
private func gather(
    _ x: Floats, rows: Range<Int>, place: Int, channels: Range<Int>, _ geometry: ConvolutionGeometry,
    into out: MutableFloats
) {
    let pixels = geometry.outputHeight * geometry.outputWidth
    var target = out
    for row in rows {
        let (image, pixel) = (row / pixels, row % pixels)
        let y =
            pixel / geometry.outputWidth * geometry.stride - geometry.padding.top + place / geometry.kernel
        let column =
            pixel % geometry.outputWidth * geometry.stride - geometry.padding.left + place % geometry.kernel
        if y < 0 || y >= geometry.height || column < 0 || column >= geometry.width {
            target.update(repeating: 0, count: channels.count)
        } else {
            let source = (image * geometry.height + y) * geometry.width + column
            target.update(
                from: x + source * geometry.inputs + channels.lowerBound, count: channels.count)
        }
        target += channels.count
    }
}
