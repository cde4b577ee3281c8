import Diagnostics
import Files
import Foundation

/// A kind of model, and which files of its folder are read: the model's identity covers exactly these.
///
/// A program that reads one more file of a family's folder adds it here. What lies in the folder besides (a card, notes,
/// weights in another format) makes no other model. A model that was recorded by a longer list is still known: all
/// files that are read must be among those of its rows.
public struct ModelFamily: Sendable {
    /// What rows call it.
    public let name: String
    private let parts: [Part]

    /// A folder of the model.
    private struct Part {
        /// Its path in the model's folder; empty for that itself.
        let path: String
        /// The settings and vocabularies that are read where they are there.
        var settings: [String] = []
        /// Whether weights lie there.
        var hasWeights = false
    }

    /// A CLIP with its tokenizer and image processor, in transformers' layout.
    public static let clip = ModelFamily(
        name: "clip",
        parts: [
            Part(
                path: "",
                settings: ["config.json", "preprocessor_config.json", "processor_config.json"] + tokenizer,
                hasWeights: true)
        ])

    /// A pipeline of latent diffusion with its text encoder, in diffusers' layout.
    public static let diffusion = ModelFamily(
        name: "diffusion",
        parts: [
            Part(path: "", settings: ["model_index.json"]),
            Part(path: "scheduler", settings: ["scheduler_config.json"]),
            Part(path: "text_encoder", settings: ["config.json"], hasWeights: true),
            Part(path: "tokenizer", settings: tokenizer),
            Part(path: "unet", settings: ["config.json"], hasWeights: true),
            Part(path: "vae", settings: ["config.json"], hasWeights: true),
        ])

    private static let tokenizer = [
        "tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json",
    ]

    /// The files of a folder that make up the model, by their paths in it, sorted.
    ///
    /// - Throws: missingResource where there is no such folder, or no weights in it; badInput where an index names what
    ///   cannot be a shard.
    public func files(in folder: String) throws(Failure) -> [String] {
        guard FileKind(of: folder, followingLinks: true) == .folder else {
            throw Failure(
                .missingResource, "there is no model folder \(folder)",
                hint: "Give a folder in the Hugging Face layout, or starter:clip or starter:diffusion.")
        }
        var files: [String] = []
        for part in parts {
            let place = part.path.isEmpty ? folder : "\(folder)/\(part.path)"
            var names = part.settings.filter { FileKind(of: "\(place)/\($0)", followingLinks: true) == .file }
            if part.hasWeights { names += try SafetensorsCheckpoint.files(in: URL(filePath: place)) }
            files += names.map { part.path.isEmpty ? $0 : "\(part.path)/\($0)" }
        }
        return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
