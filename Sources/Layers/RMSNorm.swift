import Diagnostics
import Kernels
import Tensors

/// Scaling of the last dimension to a mean square of one (`nn.RMSNorm`; T5's and Llama's layer norm).
public struct RMSNorm: Sendable {
    /// Channels C.
    public let channels: Int
    let epsilon: Float
    let scale: Parameter

    /// Reads `weight` [C]; throws `badInput` where it is missing or of another shape.
    public init(_ parameters: Parameters, channels: Int, epsilon: Double) throws(Failure) {
        try prepareEngine()
        scale = try parameters.parameter("weight", [channels])
        self.channels = channels
        self.epsilon = Float(epsilon)
    }

    /// Normalizes every row of [B, …, C].
    public func callAsFunction(_ x: Tensor, in workspace: Workspace) -> Tensor {
        x.normalizedRowsByRootMeanSquare(scale: scale, epsilon: epsilon, in: workspace)
    }
}
