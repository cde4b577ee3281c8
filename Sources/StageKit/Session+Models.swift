import Catalogs
import Diagnostics
import Digests

extension Session {
    /// The model in a folder: a row of `model`, and one of `model_file` for each file that shapes what it computes.
    ///
    /// Its uid follows from family, configuration and weights, not from where it lies.
    ///
    /// - Parameters:
    ///   - name: what the user called it.
    ///   - family: "clip", "diffusion".
    ///   - folder: where it lies.
    /// - Throws: missingResource where the folder is missing or holds no weights; io where a file cannot be read.
    public func defineModel(
        named name: String, family: String, folder: String
    ) throws(Failure) -> Definition {
        let model = try ModelFolder(folder)
        return try define("model", model.uid(family: family)) {
            [
                "family": .text(family), "name": .text(name), "weights_sha256": .text(model.weights.hex),
                "configuration": .text(model.configuration.canonicalText),
            ]
        } members: { id, catalog throws(Failure) in
            for file in model.files {
                try catalog.append(
                    "model_file",
                    [
                        "model_id": .integer(id), "path": .text(file.path),
                        "byte_count": .integer(file.byteCount), "sha256": .text(file.digest.hex),
                    ])
            }
        }
    }
}
