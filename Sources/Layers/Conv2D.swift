import Diagnostics
import Kernels
import Synchronization
import Tensors

/// A two-dimensional convolution of channels-last images (PyTorch's `nn.Conv2d`, undilated, in one group).
public struct Conv2D: Sendable {
    /// Channels read and channels made.
    public let inputs, outputs: Int
    /// Kernel side and stride in pixels.
    public let kernel, stride: Int
    /// Zeros around the input.
    public let padding: ConvolutionGeometry.Padding
    /// [K·K·I, O]: for each place in the window and each input, the outputs side by side.
    let weight: [Float]
    let bias: [Float]
    private let winograd = WinogradWeights()

    /// Reads `weight` [O, I, K, K] and, with `bias`, `bias` [O].
    ///
    /// Throws `badInput` where one is missing or of another shape.
    public init(
        _ parameters: Parameters, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1,
        padding: ConvolutionGeometry.Padding = .init(0), bias hasBias: Bool = true
    ) throws(Failure) {
        try prepareEngine()
        let places = kernel * kernel
        let stored = try parameters.values("weight", [outputs, inputs, kernel, kernel])
        // [O, I, K·K] → [O, K·K, I] → [K·K·I, O]
        var windows: [Float] = []
        windows.reserveCapacity(stored.count)
        for output in 0..<outputs {
            let start = output * inputs * places
            for place in 0..<places {
                for input in 0..<inputs { windows.append(stored[start + input * places + place]) }
            }
        }
        weight = transposed(windows, rows: outputs, columns: places * inputs)
        bias =
            hasBias
            ? try parameters.values("bias", [outputs]) : [Float](repeating: 0, count: outputs)
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
    }

    /// Convolves [B, H, W, I] to [B, H′, W′, O] and adds `residual` of that shape where there is one.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil, in workspace: Workspace) -> Tensor
    {
        precondition(
            x.shape.rank == 4 && x.shape.channels == inputs, "a map of \(inputs) channels got \(x.shape)")
        let geometry = ConvolutionGeometry(
            height: x.shape[1], width: x.shape[2], inputs: inputs, outputs: outputs, kernel: kernel,
            stride: stride, padding: padding)
        let result = workspace.tensor(
            Shape(x.shape.batch, geometry.outputHeight, geometry.outputWidth, outputs))
        precondition(residual.map { $0.count == result.count } ?? true, "a residual of another shape")
        let residualBase = residual.map { UnsafePointer($0.base) }
        if geometry.suitsWinograd {
            convolveByWinograd(
                x.base, weight: winograd.of(weight, geometry), bias: bias, residual: residualBase,
                into: result.base, batch: x.shape.batch, geometry: geometry)
        } else {
            convolve(
                x.base, weight: weight, bias: bias, residual: residualBase, into: result.base,
                batch: x.shape.batch, geometry: geometry)
        }
        return result
    }
}

/// A convolution's weights as Winograd's products read them, made when the first large image comes.
private final class WinogradWeights: Sendable {
    private let made = Mutex<[Float]?>(nil)

    func of(_ weight: [Float], _ geometry: ConvolutionGeometry) -> [Float] {
        made.withLock { made in
            if let made { return made }
            let weights = winogradWeights(weight, inputs: geometry.inputs, outputs: geometry.outputs)
            made = weights
            return weights
        }
    }
}
