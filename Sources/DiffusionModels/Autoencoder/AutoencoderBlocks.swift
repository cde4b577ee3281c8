import Diagnostics
import Layers
import Tensors

/// The residual blocks of one resolution, and the change of resolution after them.
struct AutoencoderLevel: Sendable {
    let name: String
    let residuals: [ResidualBlock]
    let resampler: Resampler

    enum Resampler: Sendable {
        case none
        case down(Downsampler)
        case up(Upsampler)
    }

    /// Maps images; what is made may take their place.
    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        var x = x
        for residual in residuals { x = pass.block(over: x) { residual($0, $1) } }
        switch resampler {
        case .none: break
        case .down(let downsampler): x = pass.block(over: x) { downsampler($0, $1) }
        case .up(let upsampler): x = pass.block(over: x) { upsampler($0, $1) }
        }
        pass.observer?(name, x)
        return x
    }
}

/// Two residual blocks at the coarsest resolution, with an attention between them if there is one.
struct AutoencoderMiddle: Sendable {
    private let name: String
    private let first, second: ResidualBlock
    private let attention: PixelAttention?

    /// Reads the block's tensors; throws `badInput` where one is missing or of another shape.
    init(_ parameters: Parameters, _ configuration: AutoencoderKLConfiguration, channels: Int) throws(Failure)
    {
        name = parameters.prefix
        func residual(_ index: Int) throws(Failure) -> ResidualBlock {
            try ResidualBlock(
                parameters.scoped("resnets.\(index)"), inputs: channels, outputs: channels,
                groups: configuration.groups, epsilon: configuration.epsilon)
        }
        first = try residual(0)
        second = try residual(1)
        attention =
            configuration.attends
            ? try PixelAttention(parameters.scoped("attentions.0"), configuration, channels: channels) : nil
    }

    /// Maps images; what is made may take their place.
    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let x = pass.block(over: x) { first($0, $1) }
        let result = pass.block(over: x) { second(attention?($0, in: $1.workspace) ?? $0, $1) }
        pass.observer?(name, result)
        return result
    }
}

/// Attention of all pixels to all pixels with one head, added to the image.
private struct PixelAttention: Sendable {
    private let norm: GroupNorm
    private let attention: MultiHeadAttention

    init(_ parameters: Parameters, _ configuration: AutoencoderKLConfiguration, channels: Int) throws(Failure)
    {
        norm = try GroupNorm(
            parameters.scoped("group_norm"), channels: channels, groups: configuration.groups,
            epsilon: configuration.epsilon)
        // Checkpoints from before diffusers 0.15, those of Stable Diffusion 1 among them, have other names.
        let isOld = parameters.contains("query.weight")
        attention = try MultiHeadAttention(
            parameters, channels: channels, heads: 1, headWidth: channels,
            names: isOld
                ? .init(queries: "query", keys: "key", values: "value", output: "proj_attn") : .diffusers,
            inputBias: true)
    }

    func callAsFunction(_ x: Tensor, in workspace: Workspace) -> Tensor {
        workspace.scope { attention(norm(x, in: workspace), adding: x, in: workspace) }
    }
}
