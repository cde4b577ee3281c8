import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Kernels
import Layers
import Tensors

/// The configuration of a T5 (`T5Config`), of the first kind (plain maps, tied head) or of version 1.1 (gated, untied).
public struct T5Configuration: Hashable, Sendable {
    /// Tokens in the vocabulary, V.
    public let vocabularySize: Int
    /// Width of a token, C, and between the maps of a block.
    public let channels, inner: Int
    /// Blocks of the encoder and of the decoder.
    public let encoderLayers, decoderLayers: Int
    /// Heads; scores are not scaled.
    public let heads: HeadGrouping
    /// Rows of the table of biases, and the distance in tokens from which all share the last.
    public let buckets, greatestDistance: Int
    /// What happens between the two maps of a block.
    public let middle: FeedForward.Middle
    /// What norms add to the mean square.
    public let epsilon: Double
    /// What the last states are multiplied by before the head.
    public let headScale: Float
    /// Whether the head must be stored by itself; it may be in any case.
    public let needsHead: Bool
    /// The token that begins what the decoder writes, and the tokens that end it.
    public let startToken: Int, endTokens: Set<Int>

    /// Reads a `config.json`; throws `badInput` that names what is not supported.
    public init(_ fields: JSONFields) throws(Failure) {
        try fields.check(modelTypes: ["t5"])
        startToken = try fields.integer(
            "decoder_start_token_id", default: fields.integer("pad_token_id", default: 0))
        fields.ignoreBookkeeping()
        fields.ignore("dropout_rate", "classifier_dropout", "n_positions", "is_decoder", "is_gated_act")
        fields.ignore(
            "dense_act_fn", "output_past", "num_hidden_layers", "hidden_size", "num_attention_heads")
        try fields.refuse("add_cross_attention", "pruned_heads", "quantization_config")
        vocabularySize = try fields.size("vocab_size", default: 32_128)
        channels = try fields.size("d_model", default: 512)
        inner = try fields.size("d_ff", default: 2048)
        encoderLayers = try fields.size("num_layers", default: 6, limit: 1000)
        decoderLayers = try fields.size("num_decoder_layers", default: encoderLayers, limit: 1000)
        let count = try fields.size("num_heads", default: 8, limit: 65_536)
        heads = HeadGrouping(
            heads: count, keyHeads: count, headWidth: try fields.size("d_kv", default: 64, limit: 65_536),
            scale: 1)
        buckets = try fields.size("relative_attention_num_buckets", default: 32, limit: 65_536)
        greatestDistance = try fields.size("relative_attention_max_distance", default: 128)
        guard buckets >= 4, buckets % 2 == 0 else {
            throw fields.refusal("relative_attention_num_buckets", "it must be even and at least 4")
        }
        guard greatestDistance > buckets / 2 else {
            throw fields.refusal("relative_attention_max_distance", "nearer places have buckets of their own")
        }
        middle = try fields.choice("feed_forward_proj", Self.middles, default: .activation(.relu))
        epsilon = try fields.epsilon("layer_norm_epsilon", default: 1e-6)
        guard try fields.boolean("is_encoder_decoder", default: true) else {
            throw fields.refusal("is_encoder_decoder", "both halves are needed")
        }
        let isTied = try fields.boolean("tie_word_embeddings", default: true)
        needsHead = !isTied
        headScale =
            try fields.boolean("scale_decoder_outputs", default: isTied)
            ? 1 / Float(channels).squareRoot() : 1
        endTokens = [try fields.integer("eos_token_id", default: 1)]
        try fields.refuseUnread()
        guard (0..<vocabularySize).contains(startToken) else {
            throw fields.refusal("decoder_start_token_id", "the vocabulary has \(vocabularySize) tokens")
        }
    }

    private static let middles: [(String, FeedForward.Middle)] = [
        ("relu", .activation(.relu)), ("gelu", .activation(.gelu)), ("gelu_new", .activation(.geluTanh)),
        ("silu", .activation(.silu)), ("gated-relu", .gate(.relu)), ("gated-gelu", .gate(.geluTanh)),
        ("gated-gelu_new", .gate(.geluTanh)), ("gated-silu", .gate(.silu)),
    ]

    /// The row of the table for a key `offset` places after a query.
    ///
    /// Near places have rows of their own, farther ones share rows that grow with the logarithm of the distance
    /// (Raffel et al., "Exploring the limits of transfer learning", 2020, section 2.1).
    func bucket(offset: Int, isCausal: Bool) -> Int {
        let count = isCausal ? buckets : buckets / 2
        let first = !isCausal && offset > 0 ? count : 0
        let distance = isCausal ? max(-offset, 0) : abs(offset)
        let exact = count / 2
        guard distance >= exact else { return first + distance }
        // In single precision, as the reference computes it: the boundaries depend on it.
        let place =
            log(Float(distance) / Float(exact))
            / Float(log(Double(greatestDistance) / Double(exact))) * Float(count - exact)
        return first + min(exact + Int(place), count - 1)
    }
}
