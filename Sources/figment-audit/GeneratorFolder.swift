import Catalogs
import Checkpoints
import Diagnostics
import DiffusionModels
import Foundation
import Kernels
import StageKit
import StarterModels

/// Finds the folder of the very model that made an image, by the digests of its files.
struct GeneratorFolder {
    /// What the user named, nil to look where the model lay, and among the starter models.
    let named: String?
    /// Where what a catalog calls the folder may be.
    private let paths: RecordedPaths
    private var pipelines: [Loaded: LatentDiffusionPipeline] = [:]

    /// A model as it was loaded.
    private struct Loaded: Hashable {
        let uid: String
        let precision: Precision
    }

    init(named: String?, _ paths: RecordedPaths) {
        self.named = named
        self.paths = paths
    }

    /// The pipeline of a model in a precision; loaded once.
    ///
    /// - Throws: badInput where the folder that was named holds another model, naming both digests; missingResource
    ///   where none was named and the model is in none of the places.
    mutating func pipeline(
        of model: MakingModel, precision: Precision, in catalog: Catalog
    ) throws(Failure) -> LatentDiffusionPipeline {
        let wanted = Loaded(uid: model.uid, precision: precision)
        if let pipeline = pipelines[wanted] { return pipeline }
        let folder = try find(model, catalog)
        let pipeline = try during("loading \(folder)") { () throws(Failure) in
            try LatentDiffusionPipeline(
                directory: URL(filePath: folder), precision: precision, encodes: false)
        }
        pipelines[wanted] = pipeline
        return pipeline
    }

    private static func read(_ folder: String) throws(Failure) -> ModelFolder {
        let family = ModelFamily.diffusion
        return try ModelFolder(folder, files: family.files(in: folder), family: family.name)
    }

    private func find(_ model: MakingModel, _ catalog: Catalog) throws(Failure) -> String {
        if let named {
            let folder = try StarterModels.directory(of: named)
            let found: ModelFolder
            do {
                found = try Self.read(folder)
            } catch  where error.kind == .missingResource {
                throw Failure(
                    .missingResource, "\(named) is another model: \(error.summary)",
                    hint: "Give the folder of '\(model.name)' by --model.")
            }
            if try found.isRecorded(as: model.id, in: catalog) { return folder }
            guard found.weights.hex != model.weights else {
                throw Failure(
                    .badInput,
                    "\(named) has the weights that made the image, but other settings or another tokenizer",
                    hint:
                        "Restore its .json and .txt files; 'figment audit model \(model.uid)' has their digests."
                )
            }
            throw Failure(
                .badInput,
                "\(named) is another model: its weights have the SHA-256 \(found.weights), those that made the "
                    + "image \(model.weights)", hint: "Give the folder of '\(model.name)' by --model.")
        }
        for name in paths.places(of: model.name) + StarterModels.names {
            guard let folder = try? StarterModels.directory(of: name), let found = try? Self.read(folder)
            else { continue }
            if try found.isRecorded(as: model.id, in: catalog) { return folder }
        }
        throw Failure(
            .missingResource,
            "the model '\(model.name)' is not where it lay, and is no starter model: its weights have the SHA-256 "
                + model.weights, hint: "Give its folder by --model.")
    }
}

/// The model that made an image, as its row has it.
struct MakingModel {
    let id: Int
    let uid: String
    let name: String
    /// The SHA-256 that stands for its weights.
    let weights: String
}
