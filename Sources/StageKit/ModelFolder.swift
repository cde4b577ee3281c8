import Catalogs
import Diagnostics
import Digests
import Files
import JSONValues

/// A checkpoint's folder: the files that are read of it, and the digests that stand for them.
///
/// Weights are the `.safetensors` files: their digest is the SHA-256 over one line "sha256  path" for each, by path, as
/// `sha256sum` prints them. The configuration is every other file's digest by path, so that a changed tokenizer is
/// another model. Which files are read is a family's own matter.
public struct ModelFolder {
    let files: [ModelFile]
    /// What stands for all weights.
    public let weights: Digest
    /// Each other file's digest by its path.
    let configuration: JSONValue
    let family: String

    /// Hashes files of a folder.
    ///
    /// - Parameters:
    ///   - folder: the folder; links in it are followed, for what they lead to is what is hashed and read.
    ///   - paths: the files that are read of it, by their paths in it.
    ///   - family: the kind of model, "clip" or "diffusion".
    /// - Throws: io where a file cannot be read.
    public init(_ folder: String, files paths: [String], family: String) throws(Failure) {
        var files: [ModelFile] = []
        for path in paths { files.append(try ModelFile(path, in: folder)) }
        self.files = files
        self.family = family
        let lines = files.filter(\.holdsWeights).map { "\($0.digest)  \($0.path)\n" }.joined()
        weights = SHA256.digest(of: Array(lines.utf8))
        let settings = files.filter { !$0.holdsWeights }.map { ($0.path, JSONValue.string($0.digest.hex)) }
        configuration = .object(JSONObject(settings))
    }

    /// The identity of the model, as a new row has it.
    var uid: UID {
        UID(
            of: "model",
            [
                ("configuration", configuration), ("family", .string(family)),
                ("weights_sha256", .string(weights.hex)),
            ])
    }

    /// The row of this very model: of those that have every file that is read, with its digest, the oldest; nil where
    /// there is none.
    func recorded(in catalog: Catalog) throws(Failure) -> Definition? {
        let models = try catalog.rows(
            """
            SELECT model.id, model.uid FROM model JOIN run ON run.id = run_id WHERE family = ?
            ORDER BY started_at, model.uid
            """, [.text(family)]
        ) { (id: $0.integer(0), uid: $0.text(1)) }
        for model in models where try isRecorded(as: model.id, in: catalog) {
            guard let uid = UID(hex: model.uid) else {
                throw Failure(.catalog, "model \(model.id) has a damaged uid", hint: "Run 'figment check'.")
            }
            return Definition(recorded: uid, id: model.id)
        }
        return nil
    }

    /// Whether a model's row has every file that is read here, with its digest.
    public func isRecorded(as model: Int, in catalog: Catalog) throws(Failure) -> Bool {
        let rows = try catalog.rows(
            "SELECT path, sha256 FROM model_file WHERE model_id = ?", [.integer(model)]
        ) { ($0.text(0), $0.text(1)) }
        let digests = Dictionary(rows) { first, _ in first }
        return files.allSatisfy { digests[$0.path] == $0.digest.hex }
    }
}

/// A file of a checkpoint.
struct ModelFile {
    /// Its path within the checkpoint's folder.
    let path: String
    let byteCount: Int
    let digest: Digest

    var holdsWeights: Bool { path.hasSuffix(".safetensors") }

    init(_ path: String, in folder: String) throws(Failure) {
        let file = try InputFile("\(folder)/\(path)")
        var hash = SHA256()
        try hash.update(file)
        self.path = path
        byteCount = file.size
        digest = hash.finalize()
    }
}
