import Diagnostics
import Layers
import Tensors

/// The blocks of a CLIP encoder: attention, then two maps, each after a layer norm and added to what came in.
///
/// Radford et al., "Learning transferable visual models from natural language supervision" (2021), section 2.4.
struct CLIPTransformer: Sendable {
    private let blocks: [Block]

    private struct Block: Sendable {
        let attentionNorm, mapNorm: LayerNorm
        let attention: MultiHeadAttention
        let maps: FeedForward

        init(_ parameters: Parameters, _ configuration: CLIPTransformerConfiguration) throws(Failure) {
            let channels = configuration.channels
            attentionNorm = try LayerNorm(
                parameters.scoped("layer_norm1"), channels: channels, epsilon: configuration.epsilon)
            attention = try MultiHeadAttention(
                parameters.scoped("self_attn"), channels: channels, heads: configuration.heads,
                headWidth: channels / configuration.heads, names: .clip, inputBias: true)
            mapNorm = try LayerNorm(
                parameters.scoped("layer_norm2"), channels: channels, epsilon: configuration.epsilon)
            maps = try FeedForward(
                parameters.scoped("mlp"), channels: channels, inner: configuration.inner,
                middle: .activation(configuration.activation), names: .clip)
        }

        func callAsFunction(_ x: Tensor, isCausal: Bool, in workspace: Workspace) -> Tensor {
            workspace.scope {
                let mixed = attention(
                    attentionNorm(x, in: workspace), isCausal: isCausal, adding: x, in: workspace)
                return maps(mapNorm(mixed, in: workspace), adding: mixed, in: workspace)
            }
        }
    }

    /// Reads the blocks under `encoder.layers`.
    init(_ parameters: Parameters, _ configuration: CLIPTransformerConfiguration) throws(Failure) {
        var blocks: [Block] = []
        for index in 0..<configuration.layers {
            blocks.append(try Block(parameters.scoped("encoder.layers.\(index)"), configuration))
        }
        self.blocks = blocks
    }

    /// Runs tokens [B, T, C] through the blocks; `observe` sees what each of them makes.
    func callAsFunction(
        _ x: Tensor, isCausal: Bool, in workspace: Workspace, observe: Observer
    ) -> Tensor {
        workspace.scope {
            var tokens = x
            for (index, block) in blocks.enumerated() {
                tokens = block(tokens, isCausal: isCausal, in: workspace)
                observe("encoder.layers.\(index)", tokens)
            }
            return tokens
        }
    }
}

/// Hears of the intermediate results of a network, by the name of the part that made them.
typealias Observer = (_ name: String, Tensor) -> Void

/// What a network makes, where it is finite; otherwise the part is looked for that made it so.
///
/// Throws what `run` throws, and `badInput` that names the part; both name the model, `source`.
func checked(
    _ source: String, _ run: (Observer) throws(Failure) -> Tensor
) throws(Failure) -> Tensor {
    let result = try naming(source) { () throws(Failure) in try run { _, _ in } }
    guard !result.isFinite else { return result }
    var part: String?
    _ = try run { name, output in
        if part == nil, !output.isFinite { part = name }
    }
    throw Failure(
        .badInput, "\(source): the activations of layer '\(part ?? "the last")' are NaN or infinite",
        hint: "The weights or the input are damaged; use others.")
}
