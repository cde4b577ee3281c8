import Diagnostics
import Digests
import Files
import Foundation
import JSONValues

/// A checkpoint's folder: the files that shape what it computes, and the digests that stand for them.
///
/// Weights are the `.safetensors` files: their digest is the SHA-256 over one line "sha256  path" for each, by path, as
/// `sha256sum` prints them. The configuration is every `.json` and `.txt` file's digest by path, so that a changed
/// tokenizer is another model. Hidden files and folders are passed over.
public struct ModelFolder {
    let files: [ModelFile]
    /// What stands for all weights.
    public let weights: Digest
    /// Each other file's digest by its path.
    public let configuration: JSONValue

    /// Hashes the files of a folder.
    ///
    /// - Throws: missingResource where the folder is missing or holds no weights; io where a file cannot be read.
    public init(_ folder: String) throws(Failure) {
        files = try ModelFile.all(in: folder)
        let weightFiles = files.filter(\.holdsWeights)
        guard !weightFiles.isEmpty else {
            throw Failure(
                .missingResource, "the folder \(folder) holds no .safetensors file",
                hint:
                    "Name a checkpoint folder; convert .bin files by save_pretrained of transformers or diffusers."
            )
        }
        let lines = weightFiles.map { "\($0.digest)  \($0.path)\n" }.joined()
        weights = SHA256.digest(of: Array(lines.utf8))
        let settings = files.filter { !$0.holdsWeights }.map { ($0.path, JSONValue.string($0.digest.hex)) }
        configuration = .object(JSONObject(settings))
    }

    /// The identity of the model as one of a family.
    public func uid(family: String) -> UID {
        UID(
            of: "model",
            [
                ("configuration", configuration), ("family", .string(family)),
                ("weights_sha256", .string(weights.hex)),
            ])
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
