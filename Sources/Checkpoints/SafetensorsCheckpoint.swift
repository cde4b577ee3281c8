import Diagnostics
import Digests
import Files
import Foundation
import JSONValues
import Tensors

/// The weights of one network as transformers and diffusers save them: a safetensors file, or shards with an index.
///
/// Of a folder the first of these is read: `model.safetensors`, `diffusion_pytorch_model.safetensors`,
/// `model.safetensors.index.json`, `diffusion_pytorch_model.safetensors.index.json`.
public final class SafetensorsCheckpoint: TensorSource, Sendable {
    /// The file of the weights, or the index of the shards.
    public let source: String
    /// The files of the weights, by name.
    private let shards: [FileName: SafetensorsFile]
    /// Of each tensor, the name of the file it is in.
    private let locations: [String: FileName]

    /// Opens the weights in a folder and checks every header.
    ///
    /// - Throws: `missingResource` where the folder has no weights we read; `badInput` where they are damaged or
    ///   the index does not agree with the shards.
    public convenience init(directory: URL) throws(Failure) {
        try self.init(file: "\(directory.path)/\(Self.mainFile(in: directory))")
    }

    /// The names of the files in a folder that `init(directory:)` reads: the weights, or an index and its shards.
    public static func files(in directory: URL) throws(Failure) -> [String] {
        let main = try mainFile(in: directory)
        guard isIndex(main) else { return [main] }
        return try [main] + Set(locations(inIndex: "\(directory.path)/\(main)").values).map(\.text).sorted()
    }

    /// The name of the weights, or of the index of their shards.
    private static func mainFile(in directory: URL) throws(Failure) -> String {
        let names = ["model.safetensors", "diffusion_pytorch_model.safetensors"]
        let found = (names + names.map { $0 + ".index.json" }).first {
            FileKind(of: "\(directory.path)/\($0)", followingLinks: true) != nil
        }
        guard let found else { throw noWeights(in: directory) }
        return found
    }

    private static func isIndex(_ name: String) -> Bool {
        name.utf8.reversed().starts(with: ".json".utf8.reversed())
    }

    /// Opens one safetensors file, or the shards that an index (a name in `.json`) lists.
    public init(file path: String) throws(Failure) {
        source = path
        let (folder, last) = Path.split(path)
        guard Self.isIndex(last) else {
            let file = try SafetensorsFile(path)
            let name = try FileName(last, of: "the weights", kind: .badInput, hint: "Rename the file.")
            shards = [name: file]
            locations = Dictionary(uniqueKeysWithValues: file.names.map { ($0, name) })
            return
        }
        locations = try Self.locations(inIndex: path)
        var shards: [FileName: SafetensorsFile] = [:]
        for name in Set(locations.values).sorted(by: { $0.text < $1.text }) {
            shards[name] = try during("opening the shards of \(path)") { () throws(Failure) in
                try SafetensorsFile("\(folder)/\(name)")
            }
        }
        for (tensor, name) in locations where shards[name]?.contains(tensor) != true {
            throw Failure(
                .badInput, "\(path) says that tensor '\(tensor)' is in \(name), which has no such tensor",
                hint: "Download or save index and shards again; they do not belong together.")
        }
        self.shards = shards
    }

    /// The tensors' names, sorted.
    public var names: [String] { locations.keys.sorted() }

    /// Whether a tensor of this name exists.
    public func contains(_ name: String) -> Bool { locations[name] != nil }

    /// The shape of a tensor, nil where there is none of this name.
    public func shape(of name: String) -> [Int]? { shard(of: name)?.shape(of: name) }

    /// The values of a tensor, row-major; float16 and bfloat16 are widened, exactly.
    ///
    /// - Throws: `badInput` where the tensor is missing, of another shape, or not of 16- or 32-bit floats.
    public func values(of name: String, shape: [Int]) throws(Failure) -> [Float] {
        guard let shard = shard(of: name) else {
            throw Failure(
                .badInput, "weights file \(source) has no tensor '\(name)'",
                hint: "Check that the model is of the architecture its configuration names.")
        }
        return try shard.values(of: name, shape: shape)
    }

    /// The SHA-256 of the weights' files, one after the other in the order of their names' UTF-8.
    ///
    /// Of a single file that is what `sha256sum` says of it; of shards, what it says of their concatenation. The
    /// index is not part of it.
    public func digest() throws(Failure) -> Digest {
        var hash = SHA256()
        for (_, file) in shards.sorted(by: { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }) {
            try file.add(to: &hash)
        }
        return hash.finalize()
    }

    func shard(of name: String) -> SafetensorsFile? { locations[name].flatMap { shards[$0] } }

    /// Reads `weight_map`, whose values must be plain names of files beside the index.
    private static func locations(inIndex path: String) throws(Failure) -> [String: FileName] {
        let fields = try JSONFields(JSONValue(file: path, limit: 100_000_000), source: path)
        guard let map = fields.value("weight_map")?.object, !map.members.isEmpty else {
            throw Failure(
                .badInput, "\(path) has no field 'weight_map' with tensors in it",
                hint: "Download or save the index again.")
        }
        var locations: [String: FileName] = [:]
        for (tensor, value) in map.members {
            guard let name = value.string.flatMap({ FileName($0) }), name.text.hasSuffix(".safetensors")
            else {
                throw Failure(
                    .badInput,
                    "\(path): 'weight_map' sends tensor '\(tensor)' to \(String(value.text.prefix(60)))",
                    hint: "It must be the name of a .safetensors file in the same folder.")
            }
            locations[tensor] = name
        }
        return locations
    }

    /// Says what is in a folder without weights that we read, and what to do about it.
    private static func noWeights(in directory: URL) -> Failure {
        let path = directory.path
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            return Failure(
                .missingResource, "there is no model folder \(path)", hint: "Check the path of the model.")
        }
        if let other = files.sorted().first(where: { $0.hasSuffix(".safetensors") }) {
            return Failure(
                .missingResource,
                "\(path) has neither model.safetensors nor diffusion_pytorch_model.safetensors",
                hint: "If \(other) holds the weights, give it one of these names.")
        }
        if let pickle = files.sorted().first(where: { name in
            [".bin", ".ckpt", ".pt", ".pth"].contains { name.hasSuffix($0) }
        }) {
            return Failure(
                .badInput,
                "\(path) has its weights only as a pickle, \(pickle), which can run code when it is read",
                hint: """
                    Convert it in Python: load the model with its `from_pretrained` and call \
                    `save_pretrained(folder, safe_serialization=True)`.
                    """)
        }
        return Failure(
            .missingResource,
            "\(path) has no weights (model.safetensors, diffusion_pytorch_model.safetensors)",
            hint: "Check that this is the folder of one network, not the one above it.")
    }
}
