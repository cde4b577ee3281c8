import Diagnostics
import Kernels
import Layers
import Tensors

/// A block of a T5: self-attention, in a decoder attention to the encoder's states, then the maps, each after an RMS
/// norm and added to what came in.
struct T5Block: Sendable {
    private let norm, mapNorm: RMSNorm
    private let queriesKeysValues, output: Linear
    private let cross: Cross?
    private let maps: FeedForward
    private let heads: HeadGrouping

    private struct Cross: Sendable {
        let norm: RMSNorm
        let queries, keysValues, output: Linear
    }

    init(_ parameters: Parameters, _ configuration: T5Configuration, isDecoder: Bool) throws(Failure) {
        let channels = configuration.channels
        let heads = configuration.heads
        let inner = heads.heads * heads.headWidth
        func norm(_ part: Parameters) throws(Failure) -> RMSNorm {
            try RMSNorm(part.scoped("layer_norm"), channels: channels, epsilon: configuration.epsilon)
        }
        let own = parameters.scoped("layer.0")
        let attention = own.scoped("SelfAttention")
        self.norm = try norm(own)
        queriesKeysValues = try Linear(
            sideBySide: ["q", "k", "v"].map(attention.scoped), inputs: channels, outputs: inner, bias: false)
        output = try Linear(attention.scoped("o"), inputs: inner, outputs: channels, bias: false)
        if isDecoder {
            let part = parameters.scoped("layer.1")
            let attention = part.scoped("EncDecAttention")
            cross = Cross(
                norm: try norm(part),
                queries: try Linear(attention.scoped("q"), inputs: channels, outputs: inner, bias: false),
                keysValues: try Linear(
                    sideBySide: ["k", "v"].map(attention.scoped), inputs: channels, outputs: inner,
                    bias: false),
                output: try Linear(attention.scoped("o"), inputs: inner, outputs: channels, bias: false))
        } else {
            cross = nil
        }
        let last = parameters.scoped(isDecoder ? "layer.2" : "layer.1")
        let maps = last.scoped("DenseReluDense")
        mapNorm = try norm(last)
        var expansion = [maps.scoped("wi")]
        if case .gate = configuration.middle { expansion = [maps.scoped("wi_1"), maps.scoped("wi_0")] }
        self.maps = try FeedForward(
            expansion: expansion, contraction: maps.scoped("wo"), channels: channels,
            inner: configuration.inner, middle: configuration.middle, bias: false)
        self.heads = heads
    }

    /// The encoder's states [B, S, C] that a decoder's tokens attend to, and which of them each sequence has.
    typealias Context = (states: Tensor, visible: [Range<Int>]?)

    /// Runs whole sequences [B, T, C] with a bias [N, T, T] of their places.
    func callAsFunction(
        _ x: Tensor, bias: Tensor, mask: AttentionMask, context: Context?, in workspace: Workspace
    ) -> Tensor {
        workspace.scope {
            let mixed = queriesKeysValues(norm(x, in: workspace), in: workspace)
                .attended(heads, mask: mask, bias: bias, in: workspace)
            var sum = output(mixed, adding: x, in: workspace)
            if let cross, let context {
                let mixed = cross.queries(cross.norm(sum, in: workspace), in: workspace).attending(
                    to: cross.keysValues(context.states, in: workspace), heads,
                    mask: AttentionMask(visible: context.visible), in: workspace)
                sum = cross.output(mixed, adding: sum, in: workspace)
            }
            return maps(mapNorm(sum, in: workspace), adding: sum, in: workspace)
        }
    }

    /// Writes the keys and values of one sequence's encoder states [1, S, C] into a cache.
    func fill(_ cache: CachedTokens, with states: Tensor, in workspace: Workspace) {
        guard let cross else { return }
        workspace.temporarily {
            let keys = cross.keysValues(states, in: workspace)
            let inner = heads.heads * heads.headWidth
            cache.write(
                keys: keys.base, values: keys.base + inner, stride: 2 * inner, count: states.shape.rows,
                at: 0)
        }
    }

    /// A sequence's tokens so far, those of its encoder's, and its place.
    typealias Step = (own: CachedTokens, context: CachedTokens, place: Int, contextLength: Int)

    /// Runs the next token [A, 1, C] of A sequences; `bias` gives a sequence's biases [N, capacity].
    func step(
        _ x: Tensor, _ steps: [Step], bias: (_ sequence: Int) -> Floats, in workspace: Workspace
    ) -> Tensor {
        workspace.scope {
            let inner = heads.heads * heads.headWidth
            let turned = queriesKeysValues(norm(x, in: workspace), in: workspace)
            for (row, step) in steps.enumerated() {
                let keys = turned.base + row * 3 * inner + inner
                step.own.write(
                    keys: keys, values: keys + inner, stride: 3 * inner, count: 1, at: step.place)
            }
            let mixed = workspace.tensor(Shape(steps.count, 1, inner))
            attend(
                queries: turned.base, queryStride: 3 * inner, to: steps.map(\.own),
                seen: steps.map { 0..<$0.place + 1 }, scale: heads.scale, heads: heads.heads, bias: bias,
                into: mixed.base)
            var sum = output(mixed, adding: x, in: workspace)
            if let cross {
                let queries = cross.queries(cross.norm(sum, in: workspace), in: workspace)
                attend(
                    queries: queries.base, queryStride: inner, to: steps.map(\.context),
                    seen: steps.map { 0..<$0.contextLength }, scale: heads.scale, heads: heads.heads,
                    into: mixed.base)
                sum = cross.output(mixed, adding: sum, in: workspace)
            }
            return maps(mapNorm(sum, in: workspace), adding: sum, in: workspace)
        }
    }
}
