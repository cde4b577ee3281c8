import Diagnostics
import Kernels
import Tensors

/// Normalization of the last dimension (PyTorch's `nn.LayerNorm`).
public struct LayerNorm: Sendable {
    /// Channels C.
    public let channels: Int
    let epsilon: Float
    let scale, shift: Parameter

    /// Reads `weight` [C] and `bias` [C]; throws `badInput` where one is missing or of another shape.
    public init(_ parameters: Parameters, channels: Int, epsilon: Double = 1e-5) throws(Failure) {
        try prepareEngine()
        scale = try parameters.parameter("weight", [channels])
        shift = try parameters.parameter("bias", [channels])
        self.channels = channels
        self.epsilon = Float(epsilon)
    }

    /// Normalizes every row of [B, …, C].
    public func callAsFunction(_ x: Tensor, in workspace: Workspace) -> Tensor {
        x.normalizedRows(scale: scale, shift: shift, epsilon: epsilon, in: workspace)
    }
}
