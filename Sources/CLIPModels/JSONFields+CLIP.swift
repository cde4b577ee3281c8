import Diagnostics
import JSONValues
import Kernels

extension JSONFields {
    /// Reads a size: an integer from 1 up to a limit that no real model comes near.
    func size(_ key: String, default fallback: Int, limit: Int = 10_000_000) throws(Failure) -> Int {
        let size = try integer(key, default: fallback)
        guard (1...limit).contains(size) else { throw refusal(key, "it must lie in 1 ... \(limit)") }
        return size
    }

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

    /// The failure that refuses the value of a field, by file, field and value.
    func refusal(_ key: String, _ reason: String) -> Failure {
        let text = value(key).map { String($0.text.prefix(60)) } ?? "missing"
        return Failure(
            .badInput, "\(source): '\(key)' is \(text): \(reason)",
            hint: "Use a model without it, or correct the file.")
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

    /// Marks as known what transformers notes in every configuration and what only training or generation reads.
    ///
    /// Throws `badInput` where one of them asks for what would change the network.
    func passBookkeeping() throws(Failure) {
        ignore(
            "architectures", "attention_dropout", "bos_token_id", "dropout", "dtype", "id2label",
            "initializer_factor", "initializer_range", "label2id", "model_type", "name_or_path",
            "pad_token_id",
            "torch_dtype", "transformers_version")
        // Defaults of PretrainedConfig before transformers 5, most of them of text generation.
        ignore(
            "bad_words_ids", "begin_suppress_tokens", "chunk_size_feed_forward", "decoder_start_token_id",
            "diversity_penalty", "do_sample", "early_stopping", "encoder_no_repeat_ngram_size",
            "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
            "forced_eos_token_id", "is_encoder_decoder", "length_penalty", "max_length", "min_length",
            "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_return_sequences",
            "output_attentions", "output_hidden_states", "output_scores", "prefix", "problem_type",
            "remove_invalid_values", "repetition_penalty", "return_dict", "return_dict_in_generate",
            "sep_token_id", "suppress_tokens", "task_specific_params", "temperature", "tf_legacy_loss",
            "tie_encoder_decoder", "tie_word_embeddings", "tokenizer_class", "top_k", "top_p", "torchscript",
            "typical_p", "use_bfloat16")
        for key in ["add_cross_attention", "is_decoder"] where try boolean(key, default: false) {
            throw refusal(key, "CLIP has no such part")
        }
        if let pruned = value("pruned_heads"), pruned.object?.members.isEmpty != true {
            throw refusal("pruned_heads", "all heads are needed")
        }
    }
}
