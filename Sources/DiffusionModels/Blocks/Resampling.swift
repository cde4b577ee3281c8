import Diagnostics
import Kernels
import Layers
import Tensors

/// Halves height and width by a convolution with stride 2 (diffusers' `Downsample2D`).
struct Downsampler: Sendable {
    private let name: String
    private let convolution: Conv2D

    /// Reads `conv`; `padding` 0 stands for a row of zeros below and a column on the right, as in diffusers.
    init(_ parameters: Parameters, channels: Int, padding: Int) throws(Failure) {
        name = parameters.prefix
        convolution = try Conv2D(
            parameters.scoped("conv"), inputs: channels, outputs: channels, kernel: 3, stride: 2,
            padding: padding == 0 ? .init(top: 0, left: 0, bottom: 1, right: 1) : .init(padding))
    }

    /// Maps images [B, H, W, C] to half their size.
    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let result = convolution(x, in: pass.workspace)
        pass.observer?(name, result)
        return result
    }
}

/// Enlarges images by repeating pixels, and smooths them by a convolution (diffusers' `Upsample2D`).
struct Upsampler: Sendable {
    private let name: String
    private let convolution: Conv2D

    /// Reads `conv`.
    init(_ parameters: Parameters, channels: Int) throws(Failure) {
        name = parameters.prefix
        convolution = try Conv2D(
            parameters.scoped("conv"), inputs: channels, outputs: channels, kernel: 3, padding: .init(1))
    }

    /// Maps images [B, H, W, C] to the size given, by default to double their own.
    func callAsFunction(_ x: Tensor, to size: ImageSize? = nil, _ pass: ForwardPass) -> Tensor {
        let workspace = pass.workspace
        let doubled = ImageSize(height: 2 * x.shape[1], width: 2 * x.shape[2])
        let size = size ?? doubled
        // Made first, so that it need not be moved when what is smoothed is gone.
        let target = workspace.tensor(Shape(x.shape.batch, size.height, size.width, convolution.outputs))
        let result = workspace.scope {
            let larger =
                size == doubled
                ? x.upsampledNearest(in: workspace)
                : x.resizedNearest(height: size.height, width: size.width, in: workspace)
            return convolution(larger, into: target, in: workspace)
        }
        pass.observer?(name, result)
        return result
    }
}
