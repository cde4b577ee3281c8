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

    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let result = pass.workspace.scope {
            var x = x
            for residual in residuals { x = pass.block([x]) { residual($0[0], $1) } }
            switch resampler {
            case .none: return x
            case .down(let downsampler): return pass.block([x]) { downsampler($0[0], $1) }
            case .up(let upsampler): return pass.block([x]) { upsampler($0[0], $1) }
            }
        }
        pass.observer?(name, result)
        return result
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

    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let result = pass.workspace.scope {
            let x = pass.block([x]) { first($0[0], $1) }
            return pass.block([x]) { second(attention?($0[0], in: $1.workspace) ?? $0[0], $1) }
        }
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
