import Catalogs
import Diagnostics
import JSONValues

extension Session {
    /// The model in a folder: a row of `model`, and one of `model_file` for each file that is read of it.
    ///
    /// It is known by these files, wherever they lie and whatever lies beside them.
    ///
    /// - Parameter name: what the user called it.
    public func define(_ model: ModelFolder, named name: String) throws(Failure) -> Definition {
        if let known = try model.recorded(in: catalog) { return known }
        let recorded = try paths.recorded(name)
        return try define("model", model.uid) {
            [
                "family": .text(model.family), "name": .text(recorded),
                "weights_sha256": .text(model.weights.hex),
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
