import Checkpoints
import Diagnostics
import JSONValues

/// What a pipeline's `model_index.json` says: the classes of its parts, each of which has a folder of its own.
public struct PipelineIndex: Hashable, Sendable {
    /// The parts that make an image of noise and text, by folder, and the one class each may have.
    private static let parts = [
        "unet": "UNet2DConditionModel", "vae": "AutoencoderKL", "text_encoder": "CLIPTextModel",
    ]

    /// The class of the pipeline.
    public let className: String
    /// The class of the tokenizer, whose files the program reads.
    public let tokenizer: String

    /// Reads an index; a pipeline or part that is not known here is refused by name.
    public init(_ value: JSONValue, source: String) throws(Failure) {
        let fields = try JSONFields(value, source: source)
        className = try fields.choice(
            "_class_name", [("StableDiffusionPipeline", "StableDiffusionPipeline")])
        for (part, only) in Self.parts.sorted(by: { $0.key < $1.key }) {
            let name = try Self.part(part, fields)
            guard name == only else { throw fields.refusal(part, "only the class \(only) is supported") }
        }
        tokenizer = try Self.part("tokenizer", fields) ?? ""
        // The class stands in the scheduler's own configuration too, which is where it is read.
        _ = try Self.part("scheduler", fields)
        if try Self.part("safety_checker", fields) != nil {
            throw Failure(
                .badInput, "\(source): the pipeline has a safety_checker, which is not supported",
                hint: "Put [null, null] there to run the pipeline without it, if its licence allows that.")
        }
        // The first serves the safety checker alone, the second image prompts alone.
        fields.ignore("feature_extractor", "image_encoder", "requires_safety_checker")
        try fields.refuseUnread()
    }

    /// The class of a part; nil where the part is missing or a pair of nulls.
    private static func part(_ key: String, _ fields: JSONFields) throws(Failure) -> String? {
        guard let value = fields.value(key) else { return nil }
        guard let pair = value.array, pair.count == 2, pair[1] == .null || pair[1].string != nil else {
            throw fields.refusal(key, "it must be a library and a class")
        }
        return pair[1].string
    }
}
