import Diagnostics
import Files
import JSONValues
import Tensors

/// A tensor on its way into a safetensors file.
public struct TensorToStore {
    /// Its name, and how its elements are stored.
    let name: String
    let type: ElementType
    let shape: [Int]
    /// Its bytes, made when their turn comes.
    let bytes: () throws(Failure) -> [UInt8]

    /// Stores values, row-major, as float32.
    public init(_ name: String, _ shape: [Int], _ values: @escaping () -> [Float]) {
        self.name = name
        type = .float32
        self.shape = shape
        bytes = { values().withUnsafeBytes(Array.init) }
    }

    /// Stores a tensor of another file as it is there.
    init(_ name: String, of file: SafetensorsFile) {
        self.name = name
        type = file.elementType(of: name) ?? .uint8
        shape = file.shape(of: name) ?? [0]
        bytes = { () throws(Failure) in try file.storedBytes(of: name) }
    }

    /// The stored parts of a parameter, in a checkpoint's own names and layout.
    ///
    /// - Parameters:
    ///   - values: a tensor laid out as the parameter is, to be stored in its place.
    ///   - prefix: what every name begins with.
    public static func parts(of parameter: Parameter, in values: Tensor? = nil, prefix: String = "")
        -> [TensorToStore]
    {
        parameter.stored.map { part in
            TensorToStore(prefix + part.name, part.shape) { parameter.values(of: part, in: values) }
        }
    }
}

extension SafetensorsFile {
    /// Writes a file of tensors, in their order, with `metadata`; it appears whole or not at all.
    ///
    /// Throws `missingResource` where the folder is missing, `io` where the disk is full or may not be written.
    public static func write(
        _ tensors: [TensorToStore], metadata: [String: String] = ["format": "pt"], to path: String
    ) throws(Failure) {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors of one name")
        let described = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
        var header = JSONObject([("__metadata__", .object(JSONObject(described)))])
        var end = 0
        for tensor in tensors {
            let start = end
            end += tensor.shape.reduce(tensor.type.size, *)
            header[tensor.name] = .object(
                JSONObject([
                    ("dtype", .string(tensor.type.rawValue)),
                    ("shape", .array(tensor.shape.map(JSONValue.integer))),
                    ("data_offsets", [.integer(start), .integer(end)]),
                ]))
        }
        var text = JSONWriter()
        text.write(.object(header), sorted: false)
        // Spaces at the end of the header, so that the tensors' bytes begin at a multiple of eight.
        let padding = [UInt8](repeating: UInt8(ascii: " "), count: -text.bytes.count & 7)
        let length = UInt64(text.bytes.count + padding.count)
        let file = try NewFile(path)
        try file.write((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + text.bytes + padding)
        for tensor in tensors {
            let bytes = try tensor.bytes()
            precondition(
                bytes.count == tensor.shape.reduce(tensor.type.size, *), "a part of \(tensor.name) is missing"
            )
            try file.write(bytes)
        }
        try file.finish()
    }
}

extension SafetensorsCheckpoint {
    /// Writes what a network has learnt as a checkpoint that it can be read from again, here or by the reference.
    ///
    /// Throws as `SafetensorsFile.write` does.
    ///
    /// - Parameters:
    ///   - parameters: the parameters, in float32 and in their stored layout.
    ///   - original: the checkpoint that they were read from; what it holds besides is taken over as it is.
    ///   - path: the file, by custom `model.safetensors` or, of diffusers' networks,
    ///     `diffusion_pytorch_model.safetensors`.
    public static func write(
        _ parameters: [Parameter], completing original: SafetensorsCheckpoint? = nil, to path: String
    ) throws(Failure) {
        let learnt = parameters.flatMap { TensorToStore.parts(of: $0) }
        let names = Set(learnt.map(\.name))
        let rest = original?.storedTensors.filter { !names.contains($0.name) } ?? []
        try SafetensorsFile.write(learnt + rest, to: path)
    }

    /// All tensors, as they are.
    private var storedTensors: [TensorToStore] {
        names.compactMap { name in shard(of: name).map { TensorToStore(name, of: $0) } }
    }
}
