import Diagnostics
import Kernels
import Layers
import Tensors

/// A block of a Llama: attention, then a gated feed-forward map, each after an RMS norm and added to what came in.
struct LlamaBlock: Sendable {
    private let attentionNorm, mapNorm: RMSNorm
    private let queriesKeysValues, output: Linear
    private let maps: FeedForward
    private let heads: HeadGrouping
    private let window: Int?

    init(_ parameters: Parameters, _ configuration: LlamaConfiguration) throws(Failure) {
        let channels = configuration.channels
        heads = configuration.heads
        window = configuration.window
        let attention = parameters.scoped("self_attn")
        let keyInner = heads.keyHeads * heads.headWidth
        attentionNorm = try RMSNorm(
            parameters.scoped("input_layernorm"), channels: channels, epsilon: configuration.epsilon)
        queriesKeysValues = try Linear(
            sideBySide: ["q_proj", "k_proj", "v_proj"].map(attention.scoped), inputs: channels,
            outputs: [heads.heads * heads.headWidth, keyInner, keyInner], bias: configuration.inputBias)
        output = try Linear(
            attention.scoped("o_proj"), inputs: heads.heads * heads.headWidth, outputs: channels,
            bias: configuration.outputBias)
        mapNorm = try RMSNorm(
            parameters.scoped("post_attention_layernorm"), channels: channels, epsilon: configuration.epsilon)
        let maps = parameters.scoped("mlp")
        self.maps = try FeedForward(
            expansion: ["up_proj", "gate_proj"].map(maps.scoped), contraction: maps.scoped("down_proj"),
            channels: channels, inner: configuration.inner, middle: .gate(configuration.activation),
            bias: configuration.innerBias)
    }

    /// Where tokens stand, as their queries and keys are turned.
    typealias Angles = (cosines: Tensor, sines: Tensor)

    /// Runs whole sequences [B, T, C]; `keep` sees their queries, keys and values side by side, for the steps to come.
    func callAsFunction(
        _ x: Tensor, angles: Angles, visible: [Range<Int>]?, in workspace: Workspace,
        keep: (Tensor) -> Void = { _ in }
    ) -> Tensor {
        workspace.scope {
            let turned = turned(x, angles, in: workspace)
            keep(turned)
            let mask = AttentionMask(isCausal: true, window: window, visible: visible)
            return mapped(turned.attended(heads, mask: mask, in: workspace), adding: x, in: workspace)
        }
    }

    /// Runs the next token [A, 1, C] of A sequences, each of which has a cache and a place.
    func step(_ x: Tensor, angles: Angles, caches: [CachedTokens], places: [Int], in workspace: Workspace)
        -> Tensor
    {
        workspace.scope {
            let turned = turned(x, angles, in: workspace)
            let (width, inner) = (turned.shape.channels, heads.heads * heads.headWidth)
            let keyInner = heads.keyHeads * heads.headWidth
            for (row, (cache, place)) in zip(caches, places).enumerated() {
                let keys = turned.base + row * width + inner
                cache.write(keys: keys, values: keys + keyInner, stride: width, count: 1, at: place)
            }
            let mixed = workspace.tensor(Shape(x.shape.batch, 1, inner))
            let seen = places.map { place in max(0, place + 1 - (window ?? .max))..<place + 1 }
            attend(
                queries: turned.base, queryStride: width, to: caches, seen: seen, scale: heads.scale,
                heads: heads.heads, into: mixed.base)
            return mapped(mixed, adding: x, in: workspace)
        }
    }

    /// Keys and values out of what `keep` saw of one sequence, into a cache's first places.
    func fill(_ cache: CachedTokens, with turned: Tensor) {
        let keys = turned.base + heads.heads * heads.headWidth
        cache.write(
            keys: keys, values: keys + heads.keyHeads * heads.headWidth, stride: turned.shape.channels,
            count: turned.shape.rows, at: 0)
    }

    private func turned(_ x: Tensor, _ angles: Angles, in workspace: Workspace) -> Tensor {
        queriesKeysValues(attentionNorm(x, in: workspace), in: workspace).rotated(
            heads: heads.heads + heads.keyHeads, headWidth: heads.headWidth, cosines: angles.cosines,
            sines: angles.sines, in: workspace)
    }

    private func mapped(_ mixed: Tensor, adding x: Tensor, in workspace: Workspace) -> Tensor {
        let sum = output(mixed, adding: x, in: workspace)
        return maps(mapNorm(sum, in: workspace), adding: sum, in: workspace)
    }
}
