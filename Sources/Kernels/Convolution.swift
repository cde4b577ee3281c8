/// The geometry of a two-dimensional convolution on channels-last images.
public struct ConvolutionGeometry: Hashable, Sendable {
    /// Height and width of the input, in pixels.
    public let height, width: Int
    /// Channels read and channels made.
    public let inputs, outputs: Int
    /// Kernel side in pixels.
    public let kernel: Int
    /// Distance in pixels between the places where the kernel is put.
    public let stride: Int
    /// Rows and columns of zeros around the input.
    public let padding: Padding

    /// Zeros on the four sides of an image; diffusers' VAE encoder pads on the right and below only.
    public struct Padding: Hashable, Sendable {
        /// Rows or columns of zeros on each side.
        public let top, left, bottom, right: Int

        /// Pads each side by its own amount.
        public init(top: Int, left: Int, bottom: Int, right: Int) {
            self.top = top
            self.left = left
            self.bottom = bottom
            self.right = right
        }

        /// Pads all sides alike.
        public init(_ amount: Int) {
            self.init(top: amount, left: amount, bottom: amount, right: amount)
        }
    }

    /// Describes a convolution; the kernel must fit into the padded input.
    public init(
        height: Int, width: Int, inputs: Int, outputs: Int, kernel: Int, stride: Int, padding: Padding
    ) {
        self.height = height
        self.width = width
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        precondition(
            height + padding.top + padding.bottom >= kernel && width + padding.left + padding.right >= kernel
                && stride > 0,
            "a kernel of \(kernel) does not fit into \(height) × \(width) pixels")
    }

    /// Height of the output, in pixels.
    public var outputHeight: Int { (height + padding.top + padding.bottom - kernel) / stride + 1 }
    /// Width of the output, in pixels.
    public var outputWidth: Int { (width + padding.left + padding.right - kernel) / stride + 1 }
    /// Input values that one output value is made of: K·K·C.
    public var depth: Int { kernel * kernel * inputs }

    /// Whether the output's pixels are maps of single input pixels, so that no window need be gathered.
    var isPointwise: Bool { kernel == 1 && stride == 1 && padding == Padding(0) }
}

/// Convolves images: out[B, H′, W′, O] = x[B, H, W, C] ∗ weight[K·K·C, O] + bias[O] + residual[B, H′, W′, O].
///
/// A tile of windows is gathered into rows of K·K·C values and multiplied with the weights. Tiles are cut by the
/// geometry alone, within one image. `residual` may be `out` itself.
public func convolve(
    _ x: Floats, weight: Floats, bias: Floats? = nil, residual: Floats? = nil, into out: MutableFloats,
    batch: Int, geometry: ConvolutionGeometry
) {
    let pixels = geometry.outputHeight * geometry.outputWidth
    let (depth, outputs) = (geometry.depth, geometry.outputs)
    if geometry.isPointwise {
        mapLinearly(
            x, weight: weight, bias: bias, residual: residual, into: out, blocks: batch, rows: pixels,
            inputs: geometry.inputs, outputs: outputs)
        return
    }
    // About 1 MiB of windows: they stay in the second-level cache until they are multiplied.
    let tiles = Tiling(pixels, target: min(max((1 << 18) / depth, 64), 512))
    let image = geometry.height * geometry.width * geometry.inputs
    parallelFor(batch * tiles.count, work: batch * pixels * depth * outputs) { range in
        withScratch(tiles.size * depth) { windows in
            for index in range {
                let tile = tiles[index % tiles.count]
                let place = (index / tiles.count * pixels + tile.lowerBound) * outputs
                gather(x + index / tiles.count * image, windows: tile, geometry, into: windows)
                start(
                    out + place, stride: outputs, rows: tile.count, columns: outputs, bias: bias,
                    residual: residual.map { $0 + place })
                multiply(
                    MatrixOperand(windows, stride: depth), MatrixOperand(weight, stride: outputs),
                    into: out + place, stride: outputs, rows: tile.count, columns: outputs, depth: depth,
                    keep: 1)
            }
        }
    }
}

/// Gathers the windows of output pixels `windows` of x[H, W, C] into out[windows, K, K, C], zero outside of x.
private func gather(
    _ x: Floats, windows: Range<Int>, _ geometry: ConvolutionGeometry, into out: MutableFloats
) {
    let (kernel, channels) = (geometry.kernel, geometry.inputs)
    let (height, width) = (geometry.height, geometry.width)
    let outputWidth = geometry.outputWidth
    var row = out
    for pixel in windows {
        let top = pixel / outputWidth * geometry.stride - geometry.padding.top
        let left = pixel % outputWidth * geometry.stride - geometry.padding.left
        let first = min(max(0, -left), kernel)
        let last = max(min(kernel, width - left), first)
        for y in top..<top + kernel {
            if y < 0 || y >= height || first == last {
                row.update(repeating: 0, count: kernel * channels)
            } else {
                row.update(repeating: 0, count: first * channels)
                (row + first * channels).update(
                    from: x + (y * width + left + first) * channels, count: (last - first) * channels)
                (row + last * channels).update(repeating: 0, count: (kernel - last) * channels)
            }
            row += kernel * channels
        }
    }
}
