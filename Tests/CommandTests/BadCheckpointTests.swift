import Foundation
import JSONValues
import TestSupport
import Testing

/// Checkpoints that are missing, cut, altered, or of a kind that is not known.
struct BadCheckpointTests {
    private let shop = Result { try Workshop(copying: Prepared.embedded.get()) }

    /// A copy of a starter model in the workshop's folder "model".
    private func copy(_ model: String) throws -> Workshop {
        let shop = try shop.get()
        let models = Command.programs.appending(path: "figment_StarterModels.resources/Models")
        try FileManager.default.copyItem(
            at: models.appending(path: model), to: shop.folder.url.appending(path: "model"))
        return shop
    }

    private static let score = "score --model model --measure clip-similarity"
    private static let embed = "embed --model model"
    private static let generate = "generate --model model"

    @Test func aFolderThatIsNoCheckpoint() throws {
        let shop = try shop.get()
        for line in [Self.score, Self.embed, Self.generate] {
            try shop.expect(Refusal(line, 66, "model"))
        }
        try shop.folder.write("model/note.txt", "no model")
        for line in [Self.score, Self.embed, Self.generate] {
            try shop.expect(Refusal(line, 66, "model/", ".json"))
        }
    }

    @Test(arguments: [
        (score, "clip", "model.safetensors"), (score, "clip", "config.json"),
        (score, "clip", "preprocessor_config.json"), (generate, "diffusion", "model_index.json"),
        (generate, "diffusion", "unet/config.json"),
        (generate, "diffusion", "vae/diffusion_pytorch_model.safetensors"),
        (generate, "diffusion", "scheduler/scheduler_config.json"),
        (embed, "diffusion", "text_encoder/model.safetensors"),
    ])
    func aFileThatIsMissing(line: String, model: String, file: String) throws {
        let shop = try copy(model)
        let path = "model/\(file)"
        try FileManager.default.removeItem(atPath: shop.folder.path(path))
        let phrase =
            path.hasSuffix(".json") ? path : "\((path as NSString).deletingLastPathComponent) has no weights"
        try shop.expect(Refusal(line, 66, ["loading model", phrase]))
    }

    @Test func weightsThatWereDamaged() throws {
        let name = "model/model.safetensors"
        let shop = try copy("clip")
        let whole = [UInt8](try Data(contentsOf: URL(filePath: shop.folder.path(name))))
        let damages: [(phrase: String, bytes: [UInt8])] = [
            (name, []), (name, Array(whole.prefix(5))), (name, Array(whole.prefix(whole.count / 2))),
            (name, Array("PK\u{3}\u{4} this is a zip file of PyTorch's".utf8)),
            (name, [255, 255, 255, 255, 255, 255, 255, 127] + whole.dropFirst(8)), (name, whole + [0]),
        ]
        for (phrase, bytes) in damages {
            try shop.folder.write(name, bytes)
            try shop.expect(Refusal(Self.score, 65, phrase, "loading model"))
        }
    }

    /// A change of one value in the header of weights or in a file of settings.
    struct Change: Sendable, CustomTestStringConvertible {
        let file: String
        /// Where the value is: names of members, from the outermost.
        let path: [String]
        /// Changes the object that the path leads to.
        let change: @Sendable (inout JSONObject) -> Void
        let phrases: [String]

        init(
            _ file: String, _ path: String..., phrases: [String],
            change: @escaping @Sendable (inout JSONObject) -> Void
        ) {
            self.file = file
            self.path = path
            self.phrases = phrases
            self.change = change
        }

        var testDescription: String { "\(file): \(phrases)" }

        func apply(to object: inout JSONObject, _ path: ArraySlice<String>) throws {
            guard let first = path.first else { return change(&object) }
            var inner = try #require(object[first]?.object, "\(file) has no \(first)")
            try apply(to: &inner, path.dropFirst())
            object[first] = .object(inner)
        }
    }

    private static let unet = "unet/diffusion_pytorch_model.safetensors"

    @Test(arguments: [
        Change(unet, phrases: ["has no tensor 'conv_in.weight'"]) { header in
            header = JSONObject(
                header.members.map { ($0.key == "conv_in.weight" ? "conv_in.other" : $0.key, $0.value) })
        },
        Change(unet, "conv_in.weight", phrases: ["conv_in.weight", "shape"]) { tensor in
            tensor["shape"] = .array((tensor["shape"]?.array ?? []).reversed())
        },
        Change(unet, "conv_in.weight", phrases: ["conv_in.weight"]) { tensor in
            tensor["data_offsets"] = [0, 1_000_000_000_000]
        },
        Change(unet, "conv_in.weight", phrases: ["conv_in.weight"]) { tensor in
            tensor["data_offsets"] = .array((tensor["data_offsets"]?.array ?? []).reversed())
        },
        Change(unet, "conv_in.weight", phrases: ["conv_in.weight", "Q3"]) { tensor in
            tensor["dtype"] = "Q3"
        },
        Change("unet/config.json", phrases: ["UNet3DConditionModel"]) {
            $0["_class_name"] = "UNet3DConditionModel"
        },
        Change("unet/config.json", phrases: ["attention_of_ours"]) { $0["attention_of_ours"] = true },
        Change("unet/config.json", phrases: ["down_block_types"]) {
            $0["down_block_types"] = ["DownBlock2D", "SpiralDownBlock2D"]
        },
        Change("unet/config.json", phrases: ["layers_per_block"]) { $0["layers_per_block"] = "two" },
        Change("vae/config.json", phrases: ["latent_channels"]) { $0["latent_channels"] = 0 },
        Change("scheduler/scheduler_config.json", phrases: ["LCMScheduler"]) {
            $0["_class_name"] = "LCMScheduler"
        },
        Change("scheduler/scheduler_config.json", phrases: ["beta_schedule", "zigzag"]) {
            $0["beta_schedule"] = "zigzag"
        },
        Change("model_index.json", phrases: ["FluxPipeline"]) { $0["_class_name"] = "FluxPipeline" },
    ])
    func aPipelineThatWasAltered(change: Change) throws {
        let shop = try copy("diffusion")
        try alter(shop, "model/\(change.file)", change)
        try shop.expect(Refusal(Self.generate, 65, ["loading model", change.file] + change.phrases))
    }

    @Test(arguments: [
        Change("config.json", phrases: ["siglip"]) { $0["model_type"] = "siglip" },
        Change("config.json", "text_config", phrases: ["hidden_act", "swish9"]) {
            $0["hidden_act"] = "swish9"
        },
        Change("config.json", "vision_config", phrases: ["patch_size"]) { $0["patch_size"] = 1_000 },
        Change("config.json", "text_config", phrases: ["num_attention_heads"]) {
            $0["num_attention_heads"] = 0
        },
    ])
    func aCLIPThatWasAltered(change: Change) throws {
        let shop = try copy("clip")
        try alter(shop, "model/\(change.file)", change)
        try shop.expect(Refusal(Self.score, 65, ["loading model", change.file] + change.phrases))
    }

    /// Applies a change to a JSON file, or to the JSON header of a safetensors file: 8 bytes of length, then it.
    private func alter(_ shop: Workshop, _ name: String, _ change: Change) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: shop.folder.path(name))))
        let holdsWeights = name.hasSuffix(".safetensors")
        let length = holdsWeights ? bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.count
        let start = holdsWeights ? 8 : 0
        let json = try JSONValue(parsing: Array(bytes[start..<start + length]), source: name)
        var object = try #require(json.object)
        try change.apply(to: &object, change.path[...])
        let text = Array(JSONValue.object(object).text.utf8)
        let prefix = (0..<start).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
        try shop.folder.write(name, prefix + text + bytes[(start + length)...])
    }
}
