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
}

/// Convolves images: out[B, H′, W′, O] = x[B, H, W, C] ∗ weight[K·K·C, O] + bias[O] + residual[B, H′, W′, O].
///
/// The product reads the pixels under a window where they lie: no window is gathered. Where it suits, Winograd's way is
/// taken, but not for small images where the weights are `learning`. `residual` may be `out` itself.
public func convolve(
    _ x: Floats, weight: Panels, bias: Floats? = nil, residual: Floats? = nil, into out: MutableFloats,
    batch: Int, geometry: ConvolutionGeometry, learning: Bool = false
) {
    guard !geometry.suitsWinograd || learning && geometry.learnsDirectly else {
        return convolveByWinograd(
            x, weight: weight, bias: bias, residual: residual, into: out, batch: batch, geometry: geometry)
    }
    withOperand(
        x, rows: batch * geometry.height * geometry.width, columns: geometry.inputs,
        format: weight.precision.format
    ) { x in
        let windows = ConvolutionWindows(x, geometry)
        withScratch(windows.piece) { zeros in
            zeros.update(repeating: 0, count: windows.piece)
            multiplyInParallel(
                rows: batch * windows.pixels, steps: windows.steps, piece: weight.lines / windows.steps,
                by: weight,
                into: ProductOutput(base: out, rowStride: geometry.outputs, addend: residual, bias: bias)
            ) { pixels, starts in
                for step in 0..<windows.steps {
                    windows.locate(pixels, step: step, zeros: zeros, into: starts + step * pixels.count)
                }
            }
        }
    }
}

/// The windows of output pixels as rows of a product: each in pieces that lie together in the images.
struct ConvolutionWindows {
    /// Pieces of a window, and the floats of each.
    let steps, piece: Int
    private let x: OperandRows
    private let geometry: ConvolutionGeometry
    /// Places of the window that a piece covers, all of one row.
    private let places: Int

    /// Output pixels of an image.
    var pixels: Int { geometry.outputHeight * geometry.outputWidth }

    /// Where no window reaches beyond the sides, a piece is a row of it, otherwise a pixel.
    init(_ pixels: OperandRows, _ geometry: ConvolutionGeometry) {
        x = pixels
        self.geometry = geometry
        let isInside = geometry.padding.left == 0 && geometry.padding.right == 0
        places = isInside ? geometry.kernel : 1
        piece = places * x.stride
        steps = geometry.kernel * geometry.kernel / places
    }

    /// Writes where the pieces of a step begin for output pixels counted over all images; `zeros` [piece] beyond the sides.
    func locate(_ pixels: Range<Int>, step: Int, zeros: Floats, into starts: UnsafeMutablePointer<Floats?>) {
        let (height, width) = (geometry.height, geometry.width)
        let (row, column) = (step * places / geometry.kernel, step * places % geometry.kernel)
        let image = pixels.lowerBound / self.pixels
        var base = x.base + image * height * width * x.stride
        var pixel = pixels.lowerBound - image * self.pixels
        var (y, left) = (pixel / geometry.outputWidth, pixel % geometry.outputWidth)
        for place in 0..<pixels.count {
            let top = y * geometry.stride - geometry.padding.top + row
            let side = left * geometry.stride - geometry.padding.left + column
            starts[place] =
                top < 0 || top >= height || side < 0 || side >= width
                ? zeros : base + (top * width + side) * x.stride
            (pixel, left) = (pixel + 1, left + 1)
            if left == geometry.outputWidth { (y, left) = (y + 1, 0) }
            if pixel == self.pixels {
                base += height * width * x.stride
                (pixel, y, left) = (0, 0, 0)
            }
        }
    }
}
