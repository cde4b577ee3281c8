import Checkpoints
import Diagnostics
import JSONValues
import Kernels

/// The sizes of a CLIP text or image transformer, as transformers names and defaults them.
public struct CLIPTransformerConfiguration: Hashable, Sendable {
    /// Width of a token, C (`hidden_size`).
    public let channels: Int
    /// Width between the two maps of a block (`intermediate_size`).
    public let inner: Int
    /// Blocks, and attention heads in each.
    public let layers, heads: Int
    /// The activation between the two maps (`hidden_act`).
    public let activation: Activation
    /// What layer norms add to the variance (`layer_norm_eps`).
    public let epsilon: Double

    init(_ fields: JSONFields, channels: Int, inner: Int, heads: Int) throws(Failure) {
        self.channels = try fields.size("hidden_size", default: channels)
        self.inner = try fields.size("intermediate_size", default: inner)
        self.layers = try fields.size("num_hidden_layers", default: 12, limit: 1000)
        self.heads = try fields.size("num_attention_heads", default: heads)
        activation = try fields.activation("hidden_act", default: "quick_gelu")
        epsilon = try fields.number("layer_norm_eps", default: 1e-5)
        guard self.channels % self.heads == 0 else {
            throw fields.refusal(
                "num_attention_heads", "it does not divide the 'hidden_size' \(self.channels)")
        }
        guard epsilon > 0, epsilon < 1 else {
            throw fields.refusal("layer_norm_eps", "it must lie in (0, 1)")
        }
    }
}

/// The configuration of a CLIP text encoder (`CLIPTextConfig`).
public struct CLIPTextConfiguration: Hashable, Sendable {
    /// The transformer's sizes.
    public let transformer: CLIPTransformerConfiguration
    /// Tokens in the vocabulary, V, and the greatest length of a text, T.
    public let vocabularySize, positions: Int
    /// The token that ends a text, and whose place the features are read from.
    public let endToken: Int
    /// Width of the projected features, P, where the encoder stands alone.
    public let projection: Int

    /// The `eos_token_id` that configurations had before transformers 4.31, whatever the vocabulary.
    ///
    /// Where it stands, features are read at the greatest token instead, which is the end in CLIP's vocabulary.
    static let legacyEndToken = 2

    init(_ fields: JSONFields) throws(Failure) {
        try fields.passBookkeeping()
        transformer = try CLIPTransformerConfiguration(fields, channels: 512, inner: 2048, heads: 8)
        vocabularySize = try fields.size("vocab_size", default: 49_408)
        positions = try fields.size("max_position_embeddings", default: 77)
        endToken = try fields.integer("eos_token_id", default: 49_407)
        projection = try fields.size("projection_dim", default: 512)
        try fields.refuseUnread()
        guard endToken == Self.legacyEndToken || (0..<vocabularySize).contains(endToken) else {
            throw fields.refusal("eos_token_id", "the vocabulary has \(vocabularySize) tokens")
        }
    }
}

/// The configuration of a CLIP image encoder (`CLIPVisionConfig`).
public struct CLIPVisionConfiguration: Hashable, Sendable {
    /// The transformer's sizes.
    public let transformer: CLIPTransformerConfiguration
    /// Side of the square image and of a patch, in pixels; what is left over at the right and below is not seen.
    public let imageSize, patchSize: Int
    /// Channels of the image.
    public let imageChannels: Int
    /// Width of the projected features, P, where the encoder stands alone.
    public let projection: Int

    /// Patches in a row, and rows of them.
    public var grid: Int { imageSize / patchSize }

    init(_ fields: JSONFields) throws(Failure) {
        try fields.passBookkeeping()
        transformer = try CLIPTransformerConfiguration(fields, channels: 768, inner: 3072, heads: 12)
        imageSize = try fields.size("image_size", default: 224, limit: 1 << 14)
        patchSize = try fields.size("patch_size", default: 32)
        imageChannels = try fields.size("num_channels", default: 3)
        projection = try fields.size("projection_dim", default: 512)
        try fields.refuseUnread()
        guard patchSize <= imageSize else {
            throw fields.refusal("patch_size", "the image has \(imageSize) pixels a side")
        }
    }
}

/// The configuration of a CLIP with both encoders (`CLIPConfig`).
public struct CLIPConfiguration: Hashable, Sendable {
    /// The text encoder.
    public let text: CLIPTextConfiguration
    /// The image encoder.
    public let vision: CLIPVisionConfiguration
    /// Width of the features that both are projected to, P.
    public let projection: Int

    init(_ fields: JSONFields) throws(Failure) {
        try fields.passBookkeeping()
        fields.ignore("logit_scale_init_value")
        text = try CLIPTextConfiguration(fields.part("text_config", updatedBy: "text_config_dict"))
        vision = try CLIPVisionConfiguration(fields.part("vision_config", updatedBy: "vision_config_dict"))
        projection = try fields.size("projection_dim", default: 512)
        try fields.refuseUnread()
    }
}
