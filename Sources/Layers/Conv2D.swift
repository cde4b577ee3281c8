import Diagnostics
import Kernels
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
    let weight: Parameter
    let bias: Parameter

    /// Reads `weight` [O, I, K, K] and, with `bias`, `bias` [O].
    ///
    /// Throws `badInput` where one is missing or of another shape.
    public init(
        _ parameters: Parameters, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1,
        padding: ConvolutionGeometry.Padding = .init(0), bias hasBias: Bool = true
    ) throws(Failure) {
        try prepareEngine()
        weight = try parameters.convolutionWeight(outputs: outputs, inputs: inputs, kernel: kernel)
        bias = try Parameters.bias(sideBySide: [parameters], outputs: [outputs], isStored: hasBias)
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
    }

    /// Convolves [B, H, W, I] to [B, H′, W′, O] and adds `residual` of that shape where there is one.
    ///
    /// - Parameter target: where the result is written, as of `Tensor.convolved`.
    public func callAsFunction(
        _ x: Tensor, adding residual: Tensor? = nil, into target: Tensor? = nil, in workspace: Workspace
    ) -> Tensor {
        precondition(x.shape.rank == 4, "a convolution of \(x.shape)")
        let geometry = ConvolutionGeometry(
            height: x.shape[1], width: x.shape[2], inputs: inputs, outputs: outputs, kernel: kernel,
            stride: stride, padding: padding)
        return x.convolved(
            with: weight, bias: bias, geometry: geometry, adding: residual, into: target, in: workspace)
    }
}
