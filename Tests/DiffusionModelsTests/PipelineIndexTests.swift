import Diagnostics
import JSONValues
import Testing

@testable import DiffusionModels

@Suite("Pipeline indexes")
struct PipelineIndexTests {
    static let whole: JSONValue = [
        "_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.42.1",
        "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
        "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
        "scheduler": ["diffusers", "PNDMScheduler"], "safety_checker": [nil, nil],
        "feature_extractor": ["transformers", "CLIPImageProcessor"], "requires_safety_checker": false,
    ]

    @Test("a pipeline of known parts is read")
    func whole() throws {
        let index = try PipelineIndex(Self.whole, source: "model_index.json")
        #expect(index.className == "StableDiffusionPipeline")
        #expect(index.tokenizer == "CLIPTokenizer")
    }

    @Test(
        "an unknown pipeline or part is refused by name",
        arguments: [
            ("_class_name", "StableDiffusionXLPipeline", "StableDiffusionXLPipeline"),
            ("_class_name", nil, "_class_name"),
            ("unet", ["diffusers", "FluxTransformer2DModel"], "FluxTransformer2DModel"),
            ("unet", [nil, nil], "unet"),
            ("vae", ["diffusers", "AutoencoderTiny"], "AutoencoderTiny"),
            ("text_encoder", ["transformers", "T5EncoderModel"], "T5EncoderModel"),
            ("safety_checker", ["stable_diffusion", "StableDiffusionSafetyChecker"], "safety_checker"),
            ("scheduler", "PNDMScheduler", "scheduler"),
            ("text_encoder_2", ["transformers", "CLIPTextModel"], "text_encoder_2"),
        ] as [(String, JSONValue, String)])
    func refusals(_ key: String, _ value: JSONValue, _ name: String) throws {
        var members = try #require(Self.whole.object).members
        members.removeAll { $0.key == key }
        members.append((key, value))
        let failure = #expect(throws: Failure.self) {
            try PipelineIndex(.object(JSONObject(members)), source: "model_index.json")
        }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains(name) == true)
    }
}
