import CLIPModels
import Checkpoints
import Diagnostics
import DiffusionModels
import Files
import Foundation
import ImageCodecs
import JSONValues
import LanguageModels
import Tensors
import Tokenizers
import VisionModels

/// Folders of models, of which one file is changed.
final class ModelKind: Kind {
    enum Family { case safetensors, tokenizer, clip, diffusion, language, vision }

    private let family: Family
    private let models: [(name: String, tree: FileTree)]
    private var laidOut: Set<String> = []

    init(_ material: Material, of family: Family) throws(Failure) {
        self.family = family
        let folders =
            switch family {
            case .safetensors: ["Checkpoints"]
            case .tokenizer: ["ascii", "decoder", "mapped", "plain", "serialized"].map { "Tokenizers/\($0)" }
            case .clip: ["CLIP/gelu", "CLIP/legacy"]
            case .diffusion: ["DiffusionPipeline"]
            case .language:
                ["llama-llama3", "llama-qwen2", "t5-gated", "t5-plain"].map { "LanguageModels/\($0)" }
            case .vision: ["resnet18", "timm-token", "vit"].map { "VisionModels/\($0)" }
            }
        let pixels = try FileTree("\(material.fixtures)/CLIP/processor").filter { $0.hasSuffix(".json") }
        var models: [(String, FileTree)] = []
        for folder in folders {
            let tree = try FileTree("\(material.fixtures)/\(folder)").filter { path in
                let isGolden = ["golden", "gradients", "runs"].contains { path.contains($0) }
                return !isGolden && [".json", ".safetensors", ".txt"].contains { path.hasSuffix($0) }
            }
            models.append((folder.replacing("/", with: "-"), family == .clip ? tree.adding(pixels) : tree))
        }
        self.models = models
    }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        let (name, tree) = dice.pick(models)
        if laidOut.insert(name).inserted { try tree.write(to: name, in: scratch) }
        let file = dice.pick(tree.files)
        try scratch.write("\(name)/\(file.path)", Self.changed(file, tree, &dice))
        let result = Result { () throws(Failure) in
            try load(URL(filePath: "\(scratch.path)/\(name)"), file.path, &dice)
        }
        if !scratch.isKept { try scratch.write("\(name)/\(file.path)", file.bytes) }
        try result.get()
    }

    /// The file with other settings, another header, other weights, or other bytes of whatever sense.
    static func changed(
        _ file: (path: String, bytes: [UInt8]), _ tree: FileTree, _ dice: inout Dice
    ) -> [UInt8] {
        let others = tree.files.map(\.bytes)
        if file.path.hasSuffix(".json"), !dice.once(in: 3),
            let value = try? JSONValue(parsing: file.bytes, source: "it")
        {
            return Array(Mutation.json(value, &dice).text.utf8)
        }
        if file.path.hasSuffix(".safetensors"), file.bytes.count > 8, !dice.once(in: 3) {
            let size = file.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard size < file.bytes.count - 8 else { return file.bytes }
            var header = Array(file.bytes[8..<8 + size])
            var data = Array(file.bytes[(8 + size)...])
            if dice.once(in: 2), let value = try? JSONValue(parsing: header, source: "it") {
                header = Array(Mutation.json(value, &dice).text.utf8)
            } else if dice.once(in: 2) {
                header = Mutation.bytes(header, &dice)
            } else {
                data = Mutation.bytes(data, &dice)
            }
            return Repairs.safetensors(header: header, data: data)
        }
        return Mutation.bytes(file.bytes, others: others, &dice)
    }

    private func load(_ folder: URL, _ file: String, _ dice: inout Dice) throws(Failure) {
        let workspace = Workspace()
        switch family {
        case .safetensors:
            let checkpoint =
                try Path.names(of: file).count > 1
                ? SafetensorsCheckpoint(directory: folder.appending(path: Path.split(file).folder))
                : SafetensorsCheckpoint(file: folder.appending(path: file).path)
            _ = try checkpoint.digest()
            for name in checkpoint.names {
                _ = try checkpoint.values(of: name, shape: checkpoint.shape(of: name) ?? [])
            }
        case .tokenizer:
            let tokenizer = try CLIPTokenizer(directory: folder)
            _ = try tokenizer.encode(Mutation.text(&dice), length: dice.once(in: 2) ? 77 : nil)
        case .clip:
            let model = try CLIPModel(directory: folder)
            _ = try model.features(ofTexts: [[0, 1, dice.below(70)]])
            _ = try CLIPImageProcessor(directory: folder, for: model.configuration.vision)
        case .diffusion:
            _ = try LatentDiffusionPipeline(directory: folder, encodes: dice.once(in: 2))
            _ = try CLIPTextEncoder(directory: folder.appending(path: "text_encoder"))
            _ = try CLIPTokenizer(directory: folder.appending(path: "tokenizer"))
        case .language:
            if folder.path.contains("t5") {
                _ = try T5Model(directory: folder).encoded([[1, 2, dice.below(60)]], in: workspace)
            } else {
                _ = try LlamaModel(directory: folder).hiddenStates(
                    of: [[1, 2, dice.below(60)]], in: workspace)
            }
        case .vision:
            if folder.path.contains("resnet") {
                _ = try ResNet(directory: folder)
            } else {
                _ = try VisionTransformer(directory: folder)
            }
        }
    }
}
