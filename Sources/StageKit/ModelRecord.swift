import Catalogs
import Diagnostics
import Digests
import Foundation
import JSONValues

/// A checkpoint's row: which files it is made of, and the digest of its weights.
public struct ModelRecord {
    /// Its id in this catalog.
    public let id: Int
    /// Its uid: family, configuration and weights decide it, not where it lies.
    public let uid: UID

    /// Finds or records the model in a folder.
    ///
    /// Weights are the `.safetensors` files: `weights_sha256` is the SHA-256 over one line "sha256  path" for each,
    /// by path, as `sha256sum` prints them. The configuration is every `.json` and `.txt` file's digest by path, so
    /// that a changed tokenizer is another model.
    ///
    /// - Parameters:
    ///   - name: what the user called it.
    ///   - family: "clip", "diffusion".
    /// - Throws: missingResource where the folder is missing or holds no weights; io where a file cannot be read.
    public init(
        name: String, family: String, folder: String, session: Session
    ) throws(Failure) {
        let files = try Self.files(in: folder)
        let weights = files.filter { $0.path.hasSuffix(".safetensors") }
        guard !weights.isEmpty else {
            throw Failure(
                .missingResource, "the folder \(folder) holds no .safetensors file",
                hint:
                    "Name a checkpoint folder; convert .bin files with transformers' or diffusers' save_pretrained."
            )
        }
        let lines = weights.map { "\($0.digest)  \($0.path)\n" }.joined()
        let digest = SHA256.digest(of: Array(lines.utf8))
        let configuration = JSONValue.object(
            JSONObject(
                files.filter { !$0.path.hasSuffix(".safetensors") }.map { ($0.path, .string($0.digest.hex)) })
        )
        uid = UID(
            of: "model",
            [
                ("configuration", configuration), ("family", .string(family)),
                ("weights_sha256", .string(digest.hex)),
            ])
        if let known = try session.catalog.id(of: uid, in: "model") {
            id = known
            return
        }
        let uid = uid
        id = try session.write { run throws(Failure) in
            let id = try session.catalog.append(
                "model", uid,
                [
                    "family": .text(family), "name": .text(name),
                    "configuration": .text(configuration.canonicalText),
                    "weights_sha256": .text(digest.hex), "run_id": .integer(run.id),
                ])
            for file in files {
                try session.catalog.execute(
                    "INSERT INTO model_file (model_id, path, byte_count, sha256) VALUES (?, ?, ?, ?)",
                    [.integer(id), .text(file.path), .integer(file.byteCount), .text(file.digest.hex)])
            }
            return id
        }
    }

    private static func files(
        in folder: String
    ) throws(Failure) -> [(path: String, byteCount: Int, digest: Digest)] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
        else {
            throw Failure(
                .missingResource, "there is no model folder \(folder)",
                hint: "Give a folder in the Hugging Face layout, or starter:clip or starter:diffusion.")
        }
        let paths = (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []).sorted()
        var files: [(path: String, byteCount: Int, digest: Digest)] = []
        for path in paths where [".safetensors", ".json", ".txt"].contains(where: path.hasSuffix) {
            let full = "\(folder)/\(path)"
            let attributes = try? FileManager.default.attributesOfItem(atPath: full)
            files.append((path, attributes?[.size] as? Int ?? 0, try Digest(ofFile: full)))
        }
        return files
    }
}
