import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Tensors
import TestSupport
import Testing

@testable import CLIPModels

/// What a model's folder or a caller may get wrong, and the one failure that says so.
@Suite struct CLIPBadInputTests {
    /// A copy of a golden's folder with some fields of its configuration changed; nil takes a field away.
    private func folder(_ name: String, _ changes: [String: JSONValue?] = [:], weights: Bool = true) throws
        -> TemporaryFolder
    {
        let source = Fixture.url("CLIP").appending(path: name)
        let folder = try TemporaryFolder()
        let config = try JSONValue(file: source.appending(path: "config.json").path)
        var members = config.object?.members ?? []
        members.removeAll { member in changes.contains { $0.key == member.key } }
        for (key, value) in changes { if let value { members.append((key, value)) } }
        try folder.write("config.json", JSONValue.object(JSONObject(members)).text)
        if weights {
            try FileManager.default.copyItem(
                at: source.appending(path: "model.safetensors"),
                to: folder.url.appending(path: "model.safetensors"))
        }
        return folder
    }

    private func failure(_ body: () throws -> Void) -> Failure? {
        #expect(throws: Failure.self) { try body() }
    }

    @Test(
        arguments: [
            ("hidden_act", .string("relu")), ("hidden_size", 0), ("hidden_size", "wide"),
            ("hidden_size", 1_000_000_000_000), ("num_attention_heads", 3), ("layer_norm_eps", -1),
            ("eos_token_id", 40), ("eos_token_id", [1, 2]), ("use_rotary", true),
            ("pruned_heads", ["0": [1]]),
            ("is_decoder", true), ("model_type", "t5"), ("max_position_embeddings", 0),
        ] as [(String, JSONValue)])
    func optionsAreRefusedByName(key: String, value: JSONValue) throws {
        let folder = try folder("text", [key: value])
        let failure = failure { _ = try CLIPTextEncoder(directory: folder.url) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("config.json") == true)
        #expect(failure?.summary.contains("'\(key)'") == true)
    }

    @Test(
        arguments: [
            ("image_size", [8, 12]), ("patch_size", 13), ("num_channels", 0), ("image_size", 1_000_000),
        ] as [(String, JSONValue)])
    func imageOptionsAreRefusedByName(key: String, value: JSONValue) throws {
        let folder = try folder("vision-projection", [key: value])
        let failure = failure { _ = try CLIPVisionEncoder(directory: folder.url) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("'\(key)'") == true)
    }

    @Test func sizesThatTheWeightsDoNotHaveNameTheTensor() throws {
        let changes: [(String, JSONValue, String)] = [
            ("vocab_size", 41, "embeddings.token_embedding.weight"),
            ("num_hidden_layers", 3, "encoder.layers.2."), ("intermediate_size", 48, "mlp.fc1.weight"),
        ]
        for (key, value, tensor) in changes {
            let folder = try folder("text", [key: value])
            let failure = failure { _ = try CLIPTextEncoder(directory: folder.url) }
            #expect(failure?.kind == .badInput)
            #expect(failure?.summary.contains(tensor) == true)
            #expect(failure?.summary.contains("model.safetensors") == true)
        }
    }

    @Test func aProjectionThatIsPromisedMustBeThere() throws {
        let folder = try folder("text", ["architectures": ["CLIPTextModelWithProjection"]])
        let failure = failure { _ = try CLIPTextEncoder(directory: folder.url) }
        #expect(failure?.summary.contains("'text_projection.weight'") == true)
    }

    @Test func missingFilesAreNamed() throws {
        let empty = try TemporaryFolder()
        #expect(failure { _ = try CLIPModel(directory: empty.url) }?.kind == .missingResource)
        let bare = try folder("legacy", weights: false)
        let failure = failure { _ = try CLIPModel(directory: bare.url) }
        #expect(failure?.kind == .missingResource)
        #expect(failure?.summary.contains("model.safetensors") == true)
    }

    @Test func aWholeModelNeedsBothParts() throws {
        let half = try folder("legacy", ["vision_config": nil])
        #expect(failure { _ = try CLIPModel(directory: half.url) }?.summary.contains("vision_config") == true)
        let lone = Fixture.url("CLIP").appending(path: "text")
        #expect(failure { _ = try CLIPModel(directory: lone) }?.summary.contains("model_type") == true)
        let garbled = try TemporaryFolder()
        try garbled.write("config.json", "[1, 2")
        #expect(failure { _ = try CLIPModel(directory: garbled.url) }?.kind == .badInput)
    }

    @Test func earlyConfigurationsAreRead() throws {
        let whole = try JSONValue(file: Fixture.url("CLIP").appending(path: "legacy/config.json").path)
        let text = try #require(whole.object?["text_config"]?.object)
        // Early files repeat the parts, list text-generation defaults, and the later copy counts.
        let stale =
            text.members.filter { $0.key != "vocab_size" } + [
                ("vocab_size", 99), ("top_k", 50), ("pruned_heads", [:]), ("torch_dtype", nil),
            ]
        let folder = try folder(
            "legacy",
            [
                "text_config": .object(JSONObject(stale)), "text_config_dict": .object(text),
                "vision_config_dict": nil, "torch_dtype": "float32", "transformers_version": nil,
            ])
        let model = try CLIPModel(directory: folder.url)
        #expect(model.configuration.text.vocabularySize == 40)
        #expect(model.configuration == (try CLIPModel(directory: Golden("legacy").folder)).configuration)
    }

    @Test(
        arguments: [
            [[]], [[1, 2, 3, 4, 5, 6, 7, 8, 9]], [[1, 40]], [[-1, 2]], [[1, 2], [1, 2, 3]], [],
        ] as [[[Int]]])
    func textsThatDoNotFitAreRefused(texts: [[Int]]) throws {
        let model = try CLIPTextEncoder(directory: try Golden("text").folder)
        #expect(failure { _ = try model.features(of: texts, in: Workspace()) }?.kind == .badInput)
    }

    @Test func ofSeveralBadTextsTheFirstIsReported() throws {
        let model = try CLIPModel(directory: try Golden("legacy").folder)
        let failure = failure { _ = try model.features(ofTexts: [[0, 1], [0, 77], [0, 88]]) }
        #expect(failure?.summary.contains("77") == true)
    }

    @Test func layersWhoseValuesAreNotFiniteAreNamed() throws {
        let encoder = try CLIPVisionEncoder(
            directory: Fixture.url("CLIP").appending(path: "vision-projection"))
        let side = encoder.configuration.imageSize
        let pixels = Tensor(Shape(1, side, side, 3), repeating: .infinity)
        let failure = failure { _ = try encoder.features(of: pixels, in: Workspace()) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("layer 'embeddings'") == true)
    }
}
