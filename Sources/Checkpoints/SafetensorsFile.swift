import Diagnostics
import Digests
import Files
import Kernels
import Tensors

/// A safetensors file: named tensors, read from the disk one by one as they are asked for.
public final class SafetensorsFile: TensorSource, Sendable {
    private let file: InputFile
    private let entries: [String: SafetensorsHeader.Entry]
    /// What the file says of itself, by key.
    public let metadata: [String: String]

    /// Opens a file and checks its header whole, so that afterwards only the disk can fail.
    ///
    /// - Throws: `missingResource` or `io` where it cannot be read, `badInput` where it is not what the format says.
    public init(_ path: String) throws(Failure) {
        file = try InputFile(path)
        let header = try SafetensorsHeader(of: file)
        (entries, metadata) = (header.entries, header.metadata)
    }

    /// The path of the file.
    public var source: String { file.path }

    /// The tensors' names, sorted.
    public var names: [String] { entries.keys.sorted() }

    /// Whether a tensor of this name exists.
    public func contains(_ name: String) -> Bool { entries[name] != nil }

    /// The shape of a tensor, nil where there is none of this name.
    public func shape(of name: String) -> [Int]? { entries[name]?.shape }

    /// How a tensor's elements are stored, nil where there is none of this name.
    public func elementType(of name: String) -> ElementType? { entries[name]?.type }

    /// The values of a tensor, row-major; float16 and bfloat16 are widened, exactly.
    ///
    /// - Throws: `badInput` where the tensor is missing, of another shape, or not of 16- or 32-bit floats.
    public func values(of name: String, shape: [Int]) throws(Failure) -> [Float] {
        guard let entry = entries[name] else {
            throw Failure(
                .badInput, "weights file \(source) has no tensor '\(name)'",
                hint: "Check that the model is of the architecture its configuration names.")
        }
        guard entry.shape == shape else {
            throw Failure(
                .badInput, "\(source): tensor '\(name)' has the shape \(entry.shape), not \(shape)",
                hint: "Check that configuration and weights belong together.")
        }
        if MemoryMeter.isDryRun, [.float32, .float16, .bfloat16].contains(entry.type) {
            return Self.someValues(shape.reduce(1, *))
        }
        switch entry.type {
        case .float32: return try read(entry)
        case .float16: return widened(try read(entry)) { widenFloat16($0) }
        case .bfloat16: return widened(try read(entry)) { widenBFloat16($0) }
        default:
            throw Failure(
                .badInput,
                "\(source): tensor '\(name)' holds \(entry.type.rawValue); weights must be F32, F16 or BF16",
                hint:
                    "Convert the model to one of these, for example with `model.float()`, and save it again.")
        }
    }

    /// Values for a dry run: zeros where they are few and may be looked at, otherwise memory that nobody touches.
    private static func someValues(_ count: Int) -> [Float] {
        guard count > 1 << 16 else { return [Float](repeating: 0, count: count) }
        return [Float](unsafeUninitializedCapacity: count) { $1 = count }
    }

    /// The bytes of a tensor as they are stored; empty where there is none of this name.
    func storedBytes(of name: String) throws(Failure) -> [UInt8] {
        guard let range = entries[name]?.bytes else { return [] }
        return try file.bytes(at: range.lowerBound, count: range.count)
    }

    /// Adds the whole file to a hash.
    func add(to hash: inout SHA256) throws(Failure) { try hash.update(file) }

    /// Widens every element, on several threads.
    @inline(__always)
    private func widened(_ elements: [UInt16], _ widen: (UInt16) -> Float) -> [Float] {
        [Float](unsafeUninitializedCapacity: elements.count) { buffer, count in
            elements.withUnsafeBufferPointer { elements in
                parallelFor(elements.count, chunk: 1 << 18) { range in
                    for index in range { buffer.initializeElement(at: index, to: widen(elements[index])) }
                }
            }
            count = elements.count
        }
    }

    private func read<Element: BitwiseCopyable>(_ entry: SafetensorsHeader.Entry) throws(Failure) -> [Element]
    {
        let count = entry.bytes.count / MemoryLayout<Element>.stride
        return try [Element](unsafeUninitializedCapacity: count) { buffer, initialized throws(Failure) in
            let whole = UnsafeMutableRawBufferPointer(buffer)
            try file.read(at: entry.bytes.lowerBound, into: .init(rebasing: whole[..<entry.bytes.count]))
            initialized = count
        }
    }
}
