import Diagnostics
import Kernels
import Tensors

/// Normalization of groups of channels (PyTorch's `nn.GroupNorm`).
public struct GroupNorm: Sendable {
    /// Channels, and the number of groups they make.
    public let channels, groups: Int
    let epsilon: Float
    let scale, shift: Parameter

    /// Reads `weight` [C] and `bias` [C].
    ///
    /// Throws `badInput` where one is missing or of another shape, or where C cannot be cut into the groups.
    public init(_ parameters: Parameters, channels: Int, groups: Int, epsilon: Double) throws(Failure) {
        try prepareEngine()
        guard groups > 0, channels > 0, channels % groups == 0 else {
            throw Failure(
                .badInput,
                "\(parameters.source): \(channels) channels of \(parameters.prefix) make no \(groups) groups",
                hint: "Make norm_num_groups a divisor of every block's channels.")
        }
        scale = try parameters.parameter("weight", [channels])
        shift = try parameters.parameter("bias", [channels])
        self.channels = channels
        self.groups = groups
        self.epsilon = Float(epsilon)
    }

    /// Normalizes [B, …, C]; `silu` applies x·σ(x) to the result in the same pass.
    public func callAsFunction(_ x: Tensor, silu: Bool = false, in workspace: Workspace) -> Tensor {
        x.normalizedGroups(
            groups, scale: scale, shift: shift, epsilon: epsilon, silu: silu, in: workspace)
    }
}
