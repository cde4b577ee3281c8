import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Tensors
import TestSupport
import Testing

@testable import LanguageModels

/// What a model's folder or a caller may get wrong, and the one failure that says so.
@Suite struct BadInputTests {
    private func fields(_ name: String, _ key: String, _ value: JSONValue) throws -> JSONFields {
        let file = Fixture.url("LanguageModels").appending(path: "\(name)/config.json").path
        let members = try JSONValue(file: file).object?.members ?? []
        let object = JSONObject(members.filter { $0.0 != key } + [(key, value)])
        return try JSONFields(.object(object), source: "config.json")
    }

    private func failure(_ body: () throws -> Void) -> Failure? {
        #expect(throws: Failure.self) { try body() }
    }

    @Test(
        arguments: [
            ("hidden_act", "tanh"), ("hidden_size", 0), ("num_key_value_heads", 3), ("head_dim", 5),
            ("num_attention_heads", 1_000_000), ("rms_norm_eps", 2), ("sliding_window", ["a": 1]),
            ("model_type", "gpt2"), ("num_experts", 8), ("quantization_config", ["bits": 4]),
            ("attention_bias", 1), ("layer_types", ["linear_attention"]),
        ] as [(String, JSONValue)])
    func optionsAreRefusedByName(key: String, value: JSONValue) throws {
        let fields = try fields(
            key == "sliding_window" ? "llama-mistral" : "llama-plain", key, value)
        let failure = failure { _ = try LlamaConfiguration(fields) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("'\(key)'") == true)
    }

    @Test(
        arguments: [
            (["rope_type": "yarn", "factor": 2], "rope_type"), (["type": "longrope"], "type"),
            (["rope_type": "linear"], "factor"), (["rope_type": "linear", "factor": 0.5], "factor"),
            (["rope_type": "default", "partial_rotary_factor": 0.5], "partial_rotary_factor"),
            (["rope_type": "default", "beta_fast": 32], "beta_fast"), (["rope_theta": -1], "rope_theta"),
            (
                ["rope_type": "llama3", "factor": 2, "low_freq_factor": 4, "high_freq_factor": 1],
                "high_freq_factor"
            ),
        ] as [(JSONValue, String)])
    func rotationsAreRefusedByName(value: JSONValue, key: String) throws {
        let failure = failure {
            _ = try LlamaConfiguration(fields("llama-plain", "rope_parameters", value))
        }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("rope_parameters") == true)
        #expect(failure?.summary.contains("'\(key)'") == true)
    }

    @Test(
        arguments: [
            ("feed_forward_proj", "gated-tanh"), ("d_model", -1), ("relative_attention_num_buckets", 5),
            ("relative_attention_max_distance", 2), ("layer_norm_epsilon", 0), ("is_encoder_decoder", false),
            ("decoder_start_token_id", 48), ("model_type", "mt5x"), ("router_bias", true),
        ] as [(String, JSONValue)])
    func optionsOfT5AreRefusedByName(key: String, value: JSONValue) throws {
        let failure = failure { _ = try T5Configuration(fields("t5-plain", key, value)) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("'\(key)'") == true)
    }

    @Test func sizesThatTheWeightsDoNotHaveNameTheTensor() throws {
        let golden = try Golden("llama-plain")
        let checkpoint = try SafetensorsCheckpoint(directory: golden.folder)
        let changes: [(String, JSONValue, String)] = [
            ("vocab_size", 49, "model.embed_tokens.weight"), ("num_hidden_layers", 3, "model.layers.2."),
            ("attention_bias", true, "self_attn.q_proj.bias"),
            ("intermediate_size", 25, "mlp.up_proj.weight"),
        ]
        for (key, value, tensor) in changes {
            let failure = failure {
                _ = try LlamaModel(
                    LlamaConfiguration(fields("llama-plain", key, value)), Parameters(checkpoint))
            }
            #expect(failure?.kind == .badInput)
            #expect(failure?.summary.contains(tensor) == true)
        }
    }

    @Test(
        arguments: [
            ([], "sequence"), ([[]], "without tokens"), ([[1, 2], [3]], "in one batch"),
            ([[48]], "token 48"), ([[-1]], "token -1"), ([[Int](repeating: 1, count: 65)], "65 tokens"),
        ] as [([[Int]], String)])
    func sequencesThatDoNotFitAreRefused(sequences: [[Int]], words: String) throws {
        let model = try LlamaModel(directory: try Golden("llama-plain").folder)
        let failure = failure { _ = try model.hiddenStates(of: sequences, in: Workspace()) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains(words) == true)
    }

    @Test func promptsThatDoNotFitAreRefused() throws {
        let model = try LlamaModel(directory: try Golden("llama-plain").folder)
        #expect(
            failure { _ = try LlamaDecoder(model, prompts: [[1, 2, 3]], limit: 62) }?.summary.contains(
                "3 tokens and 62 new") == true)
        #expect(failure { _ = try LlamaDecoder(model, prompts: [[1], []], limit: 2) }?.kind == .badInput)
        for mask in [[true, false, true], [false, false, false], [true]] {
            #expect(failure { _ = try LlamaDecoder.prompts([[1, 2, 3]], mask: [mask]) }?.kind == .badInput)
        }
        #expect(
            failure {
                _ = try model.hiddenStates(of: [[1, 2]], visible: [1..<3], in: Workspace())
            }?.summary.contains("1..<3") == true)
        #expect(
            failure { _ = try model.loss(of: [[1, 2]], labels: [[1]], in: Workspace()) }?.kind == .badInput)
    }

    @Test func memoryThatIsNotThereIsAskedForByName() throws {
        let heads = HeadGrouping(heads: 8, keyHeads: 8, headWidth: 128)
        let failure = failure {
            try TokenCache.check(sequences: 64, layers: 32, capacity: 4096, heads: heads, available: 1 << 34)
        }
        #expect(failure?.kind == .missingResource)
        #expect(failure?.summary.contains("MiB") == true)
    }

    /// Weights that are no numbers are named, and so is the layer that leaves the range of numbers.
    @Test func whatIsNotFiniteIsNamed() throws {
        let golden = try Golden("llama-plain")
        let configuration = try LlamaConfiguration(JSONFields(configurationIn: golden.folder))
        let checkpoint = try SafetensorsCheckpoint(directory: golden.folder)
        let name = "model.layers.1.input_layernorm.weight"
        let damaged = failure {
            _ = try LlamaModel(
                configuration, Parameters(Changed(checkpoint, name) { _ in .nan }))
        }
        #expect(damaged?.summary.contains("'\(name)' holds NaN") == true)
        let model = try LlamaModel(
            configuration, Parameters(Changed(checkpoint, name) { $0 * 2e38 }))
        let decoder = try LlamaDecoder(model, prompts: [[1, 2, 3]], limit: 2)
        let overflow = failure { _ = try decoder.decodeGreedily(limit: 2, ends: []) }
        #expect(overflow?.kind == .badInput)
        #expect(overflow?.summary.contains("'model.layers.1'") == true)
    }
}

/// A checkpoint with one tensor changed.
private struct Changed: TensorSource {
    private let tensors: SafetensorsCheckpoint
    private let name: String
    private let change: (Float) -> Float

    init(_ tensors: SafetensorsCheckpoint, _ name: String, _ change: @escaping (Float) -> Float) {
        self.tensors = tensors
        self.name = name
        self.change = change
    }

    var source: String { tensors.source }

    func contains(_ name: String) -> Bool { tensors.contains(name) }

    func values(of name: String, shape: [Int]) throws(Failure) -> [Float] {
        let values = try tensors.values(of: name, shape: shape)
        return name == self.name ? values.map(change) : values
    }
}
