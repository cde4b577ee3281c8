import Checkpoints
import Diagnostics
import JSONValues
import Kernels

/// The configuration of a vision transformer with a classifier, of transformers (`ViTConfig`) or of timm.
public struct VisionTransformerConfiguration: Hashable, Sendable {
    /// Side of the square image and of a patch, in pixels.
    public let imageSize, patchSize: Int
    /// Channels of the image.
    public let imageChannels: Int
    /// Width of a token, C, and between the maps of a block.
    public let channels, inner: Int
    /// Blocks, and attention heads in each.
    public let layers, heads: Int
    /// Classes, K.
    public let classes: Int
    /// The activation between the maps.
    public let activation: Activation
    /// What norms add to the variance.
    public let epsilon: Double
    /// Whether the maps to queries, keys and values have biases.
    public let inputBias: Bool
    /// Whether a learnt token stands before the patches.
    public let hasClassToken: Bool
    /// What the classifier reads.
    public let pooling: Pooling
    /// Whose names the tensors have.
    public let layout: Layout

    /// What the classifier reads.
    public enum Pooling: Hashable, Sendable {
        /// The state of the class token.
        case classToken
        /// The mean of the patches' states, normalized after it is taken.
        case mean
    }

    /// Whose names the tensors have.
    public enum Layout: Hashable, Sendable {
        /// transformers' `ViTForImageClassification`.
        case transformers
        /// timm's `VisionTransformer`.
        case timm
    }

    /// Patches in a row, and rows of them.
    public var grid: Int { imageSize / patchSize }

    /// Reads a `config.json`, transformers' or, where it has an `architecture`, timm's.
    ///
    /// Throws `badInput` that names what is not supported.
    public init(_ fields: JSONFields) throws(Failure) {
        fields.ignoreBookkeeping()
        if fields.value("architecture") != nil {
            try self.init(timm: fields)
        } else {
            try self.init(transformers: fields)
        }
        try fields.refuseUnread()
        guard patchSize <= imageSize, imageSize % patchSize == 0 else {
            throw fields.refusal(
                layout == .timm ? "model_args" : "patch_size",
                "patches of \(patchSize) pixels do not divide images of \(imageSize)")
        }
        guard channels % heads == 0 else {
            throw fields.refusal(
                layout == .timm ? "model_args" : "num_attention_heads",
                "\(heads) heads do not divide the width \(channels)")
        }
        guard hasClassToken || pooling == .mean else {
            throw fields.refusal("model_args", "without a class token there is none to classify")
        }
    }

    private init(transformers fields: JSONFields) throws(Failure) {
        try fields.check(modelTypes: ["vit"])
        // The pooler is no part of the classifier.
        fields.ignore("encoder_stride", "pooler_act", "pooler_output_size", "hidden_dropout_prob")
        fields.ignore("attention_probs_dropout_prob", "is_encoder_decoder", "tie_word_embeddings")
        try fields.refuse("add_cross_attention", "is_decoder", "pruned_heads", "quantization_config")
        imageSize = try fields.size("image_size", default: 224, limit: 1 << 14)
        patchSize = try fields.size("patch_size", default: 16)
        imageChannels = try fields.size("num_channels", default: 3)
        channels = try fields.size("hidden_size", default: 768)
        inner = try fields.size("intermediate_size", default: 3072)
        layers = try fields.size("num_hidden_layers", default: 12, limit: 1000)
        heads = try fields.size("num_attention_heads", default: 12)
        let labels = fields.value("id2label")?.object?.members.count
        classes = try fields.size("num_labels", default: labels ?? 2)
        activation = try fields.choice("hidden_act", Self.activations, default: .gelu)
        epsilon = try fields.epsilon("layer_norm_eps", default: 1e-12)
        inputBias = try fields.boolean("qkv_bias", default: true)
        hasClassToken = true
        pooling = .classToken
        layout = .transformers
    }

    private init(timm fields: JSONFields) throws(Failure) {
        let name = try fields.string("architecture")
        guard let sizes = Self.sizes.first(where: { name.hasPrefix($0.prefix) })?.sizes else {
            throw fields.refusal("architecture", "only vit_tiny, vit_small and vit_base are supported")
        }
        fields.ignore("pretrained_cfg", "num_features", "global_pool")
        classes = try fields.size("num_classes", default: 1000)
        let arguments = try JSONFields(
            fields.value("model_args") ?? .object(JSONObject([])), source: "\(fields.source), model_args")
        func number(after mark: String) -> Int? {
            name.split(separator: "_").lazy.compactMap {
                $0.hasPrefix(mark) ? Int($0.dropFirst(mark.count)) : nil
            }
            .first
        }
        imageSize = try arguments.size("img_size", default: number(after: "") ?? 224, limit: 1 << 14)
        patchSize = try arguments.size("patch_size", default: number(after: "patch") ?? 16)
        imageChannels = try arguments.size("in_chans", default: 3)
        channels = try arguments.size("embed_dim", default: sizes.channels)
        layers = try arguments.size("depth", default: 12, limit: 1000)
        heads = try arguments.size("num_heads", default: sizes.heads)
        let ratio = try arguments.number("mlp_ratio", default: 4)
        guard ratio > 0, ratio <= 64 else { throw arguments.refusal("mlp_ratio", "it must lie in (0, 64]") }
        inner = Int(Double(channels) * ratio)
        activation = .gelu
        epsilon = 1e-6
        inputBias = try arguments.boolean("qkv_bias", default: true)
        hasClassToken = try arguments.boolean("class_token", default: true)
        let fallback = try fields.string("global_pool", default: "token")
        switch try arguments.string("global_pool", default: fallback) {
        case "token": pooling = .classToken
        case "avg": pooling = .mean
        default: throw arguments.refusal("global_pool", "only token and avg are supported")
        }
        layout = .timm
        try arguments.refuseUnread()
    }

    private static let sizes: [(prefix: String, sizes: (channels: Int, heads: Int))] = [
        ("vit_tiny_", (192, 3)), ("vit_small_", (384, 6)), ("vit_base_", (768, 12)),
    ]

    private static let activations: [(String, Activation)] = [
        ("gelu", .gelu), ("gelu_new", .geluTanh), ("gelu_pytorch_tanh", .geluTanh),
        ("quick_gelu", .quickGELU), ("relu", .relu), ("silu", .silu), ("swish", .silu),
    ]
}
