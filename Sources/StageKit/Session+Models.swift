import Catalogs
import Diagnostics
import Digests
import Foundation
import JSONValues

extension Session {
    /// The model in a folder: a row of `model`, and one of `model_file` for each file that shapes what it computes.
    ///
    /// Weights are the `.safetensors` files: `weights_sha256` is the SHA-256 over one line "sha256  path" for each,
    /// by path, as `sha256sum` prints them. The configuration is every `.json` and `.txt` file's digest by path, so
    /// that a changed tokenizer is another model. Its uid follows from family, configuration and weights, not from
    /// where it lies; hidden files and folders are passed over.
    ///
    /// - Parameters:
    ///   - name: what the user called it.
    ///   - family: "clip", "diffusion".
    ///   - folder: where it lies.
    /// - Throws: missingResource where the folder is missing or holds no weights; io where a file cannot be read.
    public func defineModel(
        named name: String, family: String, folder: String
    ) throws(Failure) -> Definition {
        let files = try ModelFile.all(in: folder)
        let weights = files.filter(\.holdsWeights)
        guard !weights.isEmpty else {
            throw Failure(
                .missingResource, "the folder \(folder) holds no .safetensors file",
                hint:
                    "Name a checkpoint folder; convert .bin files by save_pretrained of transformers or diffusers."
            )
        }
        let lines = weights.map { "\($0.digest)  \($0.path)\n" }.joined()
        let digest = SHA256.digest(of: Array(lines.utf8))
        let settings = files.filter { !$0.holdsWeights }.map { ($0.path, JSONValue.string($0.digest.hex)) }
        let configuration = JSONValue.object(JSONObject(settings))
        let uid = UID(
            of: "model",
            [
                ("configuration", configuration), ("family", .string(family)),
                ("weights_sha256", .string(digest.hex)),
            ])
        return try define("model", uid) {
            [
                "family": .text(family), "name": .text(name), "weights_sha256": .text(digest.hex),
                "configuration": .text(configuration.canonicalText),
            ]
        } members: { id, catalog throws(Failure) in
            for file in files {
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

/// A file of a checkpoint.
private struct ModelFile {
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

    /// The weights, settings and tokenizers below a folder, by path.
    static func all(in folder: String) throws(Failure) -> [ModelFile] {
        // An enumerator does not look into a symbolic link, such as people make to their models.
        let root = URL(filePath: folder).resolvingSymlinksInPath().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue else {
            throw Failure(
                .missingResource, "there is no model folder \(folder)",
                hint: "Give a folder in the Hugging Face layout, or starter:clip or starter:diffusion.")
        }
        let paths = FileManager.default.enumerator(atPath: root)?.allObjects as? [String] ?? []
        var files: [ModelFile] = []
        for path in paths.sorted() where [".safetensors", ".json", ".txt"].contains(where: path.hasSuffix) {
            if path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) { continue }
            files.append(try ModelFile(path, in: root))
        }
        return files
    }
}
