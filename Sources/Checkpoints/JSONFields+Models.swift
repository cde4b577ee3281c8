import Diagnostics
import Foundation
import JSONValues

/// How the configurations of models are read.
extension JSONFields {
    /// The fields of the `config.json` in a model's folder.
    ///
    /// Throws `missingResource` where there is none, `badInput` where it is no JSON object.
    public convenience init(configurationIn directory: URL) throws(Failure) {
        let path = directory.appending(path: "config.json").path
        try self.init(JSONValue(file: path), source: path)
    }

    /// Refuses a model of another family than those whose `model_type` is named; an early file may have none.
    public func check(modelTypes known: [String]) throws(Failure) {
        guard let type = value("model_type")?.string, !known.contains(type) else { return }
        throw Failure(
            .badInput,
            "\(source): 'model_type' is '\(type)', where \(known.joined(separator: " or ")) is needed",
            hint: "Give the folder of such a model.")
    }

    /// Reads a size: an integer from 1 up to a limit that no real model comes near.
    public func size(_ key: String, default fallback: Int, limit: Int = 10_000_000) throws(Failure) -> Int {
        let size = try integer(key, default: fallback)
        guard (1...limit).contains(size) else { throw refusal(key, "it must lie in 1 ... \(limit)") }
        return size
    }

    /// Reads what a norm adds to the variance.
    public func epsilon(_ key: String, default fallback: Double) throws(Failure) -> Double {
        let epsilon = try number(key, default: fallback)
        guard epsilon > 0, epsilon < 1 else { throw refusal(key, "it must lie in (0, 1)") }
        return epsilon
    }

    /// Reads a string that must be one of a few; a missing one takes the default, if there is one.
    public func choice<Value>(
        _ key: String, _ named: [(String, Value)], default fallback: Value? = nil
    ) throws(Failure) -> Value {
        if let fallback, value(key) == nil { return fallback }
        let name = try string(key)
        guard let match = named.first(where: { $0.0 == name }) else {
            throw refusal(key, "only \(named.map(\.0).joined(separator: ", ")) are supported")
        }
        return match.1
    }

    /// Refuses options that are asked for and that no network here has.
    public func refuse(_ keys: String...) throws(Failure) {
        for key in keys {
            guard let value = value(key), value.boolean != false else { continue }
            throw refusal(key, "it is not supported")
        }
    }

    /// The failure that refuses the value of a field, by file, field and value.
    public func refusal(_ key: String, _ reason: String) -> Failure {
        let text = value(key).map { String($0.text.prefix(60)) } ?? "missing"
        return Failure(
            .badInput, "\(source): '\(key)' is \(text): \(reason)",
            hint: "Use a model without it, or correct the file.")
    }

    /// Marks as known what transformers notes in every configuration and what only training or generation reads.
    public func ignoreBookkeeping() {
        ignore(
            "architectures", "attention_dropout", "bos_token_id", "dropout", "dtype", "id2label",
            "initializer_factor", "initializer_range", "label2id", "model_type", "name_or_path",
            "pad_token_id", "torch_dtype", "transformers_version")
        // Defaults of PretrainedConfig before transformers 5, most of them of text generation.
        ignore(
            "bad_words_ids", "begin_suppress_tokens", "chunk_size_feed_forward", "decoder_start_token_id",
            "diversity_penalty", "do_sample", "early_stopping", "encoder_no_repeat_ngram_size",
            "exponential_decay_length_penalty", "finetuning_task", "forced_bos_token_id",
            "forced_eos_token_id", "length_penalty", "max_length", "min_length", "no_repeat_ngram_size",
            "num_beam_groups", "num_beams", "num_return_sequences", "output_attentions",
            "output_hidden_states", "output_scores", "prefix", "problem_type", "remove_invalid_values",
            "repetition_penalty", "return_dict", "return_dict_in_generate", "sep_token_id",
            "suppress_tokens", "task_specific_params", "temperature", "tf_legacy_loss",
            "tie_encoder_decoder", "tokenizer_class", "top_k", "top_p", "torchscript", "typical_p",
            "use_bfloat16", "use_cache")
    }
}
