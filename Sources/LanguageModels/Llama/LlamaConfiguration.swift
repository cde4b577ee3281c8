import Checkpoints
import Diagnostics
import JSONValues
import Kernels
import Tensors

/// The configuration of a Llama-family decoder (`LlamaConfig`, and `MistralConfig` and `Qwen2Config`, which are its kin).
public struct LlamaConfiguration: Hashable, Sendable {
    /// Tokens in the vocabulary, V, and the greatest length of a sequence, T; where angles follow it, there is none.
    public let vocabularySize, positions: Int
    /// Width of a token, C, and between the maps of a block.
    public let channels, inner: Int
    /// Blocks.
    public let layers: Int
    /// Heads of queries, and the heads of keys and values that groups of them share.
    public let heads: HeadGrouping
    /// The activation of a block's gate.
    public let activation: Activation
    /// What norms add to the mean square.
    public let epsilon: Double
    /// How places turn queries and keys.
    public let rotation: RotaryAngles
    /// How many tokens a token sees at most, its own among them; nil where it sees all before it.
    public let window: Int?
    /// Whether the maps to queries, keys and values, the map back, and those of the gate have biases.
    public let inputBias, outputBias, innerBias: Bool
    /// Whether the logits are products with the token embeddings.
    public let isTied: Bool
    /// The tokens that end a text.
    public let endTokens: Set<Int>

    /// Reads a `config.json`; throws `badInput` that names what is not supported.
    public init(_ fields: JSONFields) throws(Failure) {
        try fields.check(modelTypes: ["llama", "mistral", "qwen2"])
        let family = try fields.string("model_type", default: "llama")
        fields.ignoreBookkeeping()
        fields.ignore("pretraining_tp", "max_window_layers", "is_encoder_decoder")
        try fields.refuse(
            "add_cross_attention", "cross_attention_hidden_size", "pruned_heads", "quantization_config")
        vocabularySize = try fields.size("vocab_size", default: 32_000)
        let positions = try fields.size("max_position_embeddings", default: 2048)
        channels = try fields.size("hidden_size", default: 4096)
        inner = try fields.size("intermediate_size", default: 11_008)
        layers = try fields.size("num_hidden_layers", default: 32, limit: 1000)
        let count = try fields.size("num_attention_heads", default: 32, limit: channels)
        let keyHeads = try fields.size("num_key_value_heads", default: count)
        let headWidth = try fields.size("head_dim", default: max(channels / count, 1), limit: 65_536)
        guard count % keyHeads == 0 else {
            throw fields.refusal("num_key_value_heads", "it does not divide the \(count) heads")
        }
        guard headWidth % 2 == 0 else {
            throw fields.refusal("head_dim", "places turn pairs of columns, and a head has \(headWidth)")
        }
        heads = HeadGrouping(heads: count, keyHeads: keyHeads, headWidth: headWidth)
        activation = try fields.choice("hidden_act", Self.activations, default: .silu)
        epsilon = try fields.epsilon("rms_norm_eps", default: 1e-6)
        rotation = try RotaryAngles(fields, headWidth: headWidth, positions: positions)
        if case .dynamic = rotation.scaling { self.positions = .max } else { self.positions = positions }
        window = try Self.window(fields, family: family, layers: layers)
        let hasBias = try fields.boolean("attention_bias", default: family == "qwen2")
        inputBias = hasBias
        outputBias = hasBias && family != "qwen2"
        innerBias = try fields.boolean("mlp_bias", default: false)
        isTied = try fields.boolean("tie_word_embeddings", default: false)
        endTokens =
            fields.value("eos_token_id")?.array == nil
            ? Set([try fields.integer("eos_token_id", default: -1)].filter { $0 >= 0 })
            : Set(try fields.integers("eos_token_id"))
        try fields.refuseUnread()
    }

    private static let activations: [(String, Activation)] = [
        ("silu", .silu), ("swish", .silu), ("gelu", .gelu), ("gelu_new", .geluTanh),
        ("gelu_pytorch_tanh", .geluTanh), ("relu", .relu),
    ]

    /// The window of all layers; layers that differ in theirs are refused.
    private static func window(_ fields: JSONFields, family: String, layers: Int) throws(Failure) -> Int? {
        let isUsed = try fields.boolean("use_sliding_window", default: family == "mistral")
        let types = try fields.strings("layer_types", default: [])
        guard fields.value("sliding_window") != nil, isUsed else {
            guard types.allSatisfy({ $0 == "full_attention" }) else {
                throw fields.refusal("layer_types", "there is no sliding_window")
            }
            return nil
        }
        guard family != "qwen2", types.allSatisfy({ $0 == "sliding_attention" }) else {
            throw fields.refusal("sliding_window", "only one window for all layers is supported")
        }
        return try fields.size("sliding_window", default: 4096)
    }
}
