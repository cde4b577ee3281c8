import Diagnostics
import Kernels
import Tensors

/// Normalization of groups of channels (PyTorch's `nn.GroupNorm`).
public struct GroupNorm: Sendable {
    /// Channels, and the number of groups they make.
    public let channels, groups: Int
    let epsilon: Float
    let scale, shift: [Float]

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
        scale = try parameters.values("weight", [channels])
        shift = try parameters.values("bias", [channels])
        self.channels = channels
        self.groups = groups
        self.epsilon = Float(epsilon)
    }

    /// Normalizes [B, …, C]; `silu` applies x·σ(x) to the result in the same pass.
    public func callAsFunction(_ x: Tensor, silu: Bool = false, in workspace: Workspace) -> Tensor {
        precondition(x.shape.channels == channels, "a norm of \(channels) channels got \(x.shape)")
        let result = workspace.tensor(x.shape)
        normalizeGroups(
            x.base, scale: scale, shift: shift, epsilon: epsilon, groups: groups, silu: silu,
            into: result.base, batch: x.shape.batch, pixels: x.shape.rows, channels: channels)
        return result
    }
}
