import Checkpoints
import Diagnostics
import Foundation

/// The inputs that were recorded for a network, and the reference's output.
struct RecordedData {
    /// The network's folder.
    let folder: URL
    private let file: SafetensorsFile

    init(folder: URL) throws(Failure) {
        self.folder = folder
        file = try SafetensorsFile(folder.appending(path: "data.safetensors").path)
    }

    /// A tensor that the work needs; `sizes` are those that its shape must have, nil where any will do.
    func tensor(_ name: String, _ sizes: [Int?]) throws(Failure) -> RecordedTensor {
        let shape = file.shape(of: name) ?? []
        guard shape.count == sizes.count, zip(shape, sizes).allSatisfy({ $0 > 0 && ($1 ?? $0) == $0 }) else {
            let wanted = sizes.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw Failure(
                .badInput, "\(file.source): '\(name)' has the shape \(shape), not [\(wanted)]",
                hint: "Record the data with tools/benchmarks/peers/checkpoints.py.")
        }
        return RecordedTensor(shape: shape, values: try file.values(of: name, shape: shape))
    }

    /// A tensor of whole numbers, as `tensor`.
    func integers(_ name: String, _ sizes: [Int?]) throws(Failure) -> (shape: [Int], values: [Int]) {
        let recorded = try tensor(name, sizes)
        let values = recorded.values.compactMap { Int(exactly: $0) }
        guard values.count == recorded.values.count else {
            throw Failure(
                .badInput, "\(file.source): '\(name)' holds values that are not whole numbers",
                hint: "Record the data with tools/benchmarks/peers/checkpoints.py.")
        }
        return (recorded.shape, values)
    }

    /// The output that was recorded, for a result.
    func reference(for made: RecordedTensor) throws(Failure) -> RecordedTensor {
        try tensor("output", made.shape)
    }
}

/// Values with their shape, row-major, in the layout of the reference.
struct RecordedTensor {
    let shape: [Int]
    let values: [Float]

    /// The part of index `index` of the first dimension.
    func part(_ index: Int) -> [Float] {
        let size = values.count / shape[0]
        return Array(values[index * size..<(index + 1) * size])
    }

    /// How far the values are from a reference: the greatest difference over the reference's greatest value.
    func error(from reference: RecordedTensor) -> Float {
        var (difference, greatest): (Float, Float) = (0, 0)
        for (value, expected) in zip(values, reference.values) {
            difference = max(difference, abs(value - expected))
            greatest = max(greatest, abs(expected))
        }
        return difference / greatest
    }

    func write(to path: String) throws(Failure) {
        try SafetensorsFile.write([TensorToStore("output", shape) { values }], to: path)
    }
}
