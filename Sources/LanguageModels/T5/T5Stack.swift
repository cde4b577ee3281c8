import Diagnostics
import Kernels
import Layers
import Tensors

/// The encoder or the decoder of a T5: blocks that share one table of relative biases, and a norm.
struct T5Stack: Sendable {
    let blocks: [T5Block]
    private let norm: RMSNorm
    private let biases: Embedding
    private let configuration: T5Configuration
    private let isDecoder: Bool
    private let name: String

    init(_ parameters: Parameters, _ configuration: T5Configuration, isDecoder: Bool) throws(Failure) {
        let layers = isDecoder ? configuration.decoderLayers : configuration.encoderLayers
        var blocks: [T5Block] = []
        for index in 0..<layers {
            blocks.append(
                try T5Block(parameters.scoped("block.\(index)"), configuration, isDecoder: isDecoder))
        }
        self.blocks = blocks
        biases = try Embedding(
            parameters.scoped("block.0.layer.0.SelfAttention.relative_attention_bias"),
            count: configuration.buckets, channels: configuration.heads.heads)
        norm = try RMSNorm(
            parameters.scoped("final_layer_norm"), channels: configuration.channels,
            epsilon: configuration.epsilon)
        self.configuration = configuration
        self.isDecoder = isDecoder
        name = parameters.prefix
    }

    /// Runs whole sequences [B, T, C], of which `visible` are not padding.
    func callAsFunction(
        _ x: Tensor, visible: [Range<Int>]?, context: T5Block.Context? = nil, in workspace: Workspace,
        observe: Observer?
    ) -> Tensor {
        workspace.scope {
            let length = x.shape.rows
            let rows = (0..<length * length).map { place in
                configuration.bucket(offset: place % length - place / length, isCausal: isDecoder)
            }
            let bias = Tensor.relativeBias(
                biases.table, rows: rows, queries: length, keys: length, in: workspace)
            let mask = AttentionMask(isCausal: isDecoder, visible: visible)
            var x = x
            for (index, block) in blocks.enumerated() {
                x = block(x, bias: bias, mask: mask, context: context, in: workspace)
                observe?("\(name).block.\(index)", x)
            }
            let states = finished(x, in: workspace)
            observe?("\(name).final_layer_norm", states)
            return states
        }
    }

    func finished(_ x: Tensor, in workspace: Workspace) -> Tensor { norm(x, in: workspace) }

    /// The biases [N, capacity] of the keys that lie capacity − 1, …, 1, 0 places before a query.
    func biasesBackwards(capacity: Int) -> [Float] {
        let rows = (0..<capacity).map { configuration.bucket(offset: $0 - capacity + 1, isCausal: true) }
        var values = [Float](repeating: 0, count: biases.channels * capacity)
        lookUpBias(biases.table.tensor.base, rows: rows, into: &values, heads: biases.channels)
        return values
    }
}
