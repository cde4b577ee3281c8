import Checkpoints
import Diagnostics
import JSONValues
import Kernels

extension JSONFields {
    /// Reads an activation by the name transformers has for it.
    func activation(_ key: String, default fallback: String) throws(Failure) -> Activation {
        switch try string(key, default: fallback) {
        case "quick_gelu": return .quickGELU
        case "gelu": return .gelu
        case "gelu_new", "gelu_pytorch_tanh": return .geluTanh
        case "silu", "swish": return .silu
        default:
            throw refusal(
                key, "only quick_gelu, gelu, gelu_new, gelu_pytorch_tanh, silu and swish are supported")
        }
    }

    /// The fields of a part of this configuration, where `update` holds fields that count before the part's own.
    ///
    /// transformers writes the same part twice in some early CLIP configurations.
    func part(_ key: String, updatedBy update: String) throws(Failure) -> JSONFields {
        guard let part = value(key) ?? value(update) else {
            throw refusal(key, "a CLIP of both encoders needs it")
        }
        guard let object = part.object else { throw refusal(key, "it must be an object") }
        guard let newer = value(update) else { return try JSONFields(part, source: "\(source), \(key)") }
        guard let newer = newer.object else { throw refusal(update, "it must be an object") }
        return try JSONFields(
            .object(JSONObject(object.members + newer.members)), source: "\(source), \(key)")
    }

    /// Marks as known what does not change the network.
    ///
    /// Throws `badInput` where one of them asks for what would change the network.
    func passBookkeeping() throws(Failure) {
        ignoreBookkeeping()
        ignore("is_encoder_decoder", "tie_word_embeddings")
        for key in ["add_cross_attention", "is_decoder"] where try boolean(key, default: false) {
            throw refusal(key, "CLIP has no such part")
        }
        if let pruned = value("pruned_heads"), pruned.object?.members.isEmpty != true {
            throw refusal("pruned_heads", "all heads are needed")
        }
    }
}
