import Diagnostics
import Kernels
import Tensors

/// A table of vectors looked up by index (PyTorch's `nn.Embedding`).
public struct Embedding: Sendable {
    /// The number of vectors V, and their width C.
    public let count, channels: Int
    /// The vectors, [V, C].
    public let table: [Float]

    /// Reads `weight` [V, C]; throws `badInput` where it is missing or of another shape.
    public init(_ parameters: Parameters, count: Int, channels: Int) throws(Failure) {
        table = try parameters.values("weight", [count, channels])
        self.count = count
        self.channels = channels
    }

    /// The vectors [B, T, C] of B lists of T indices below V, one list after another.
    public func callAsFunction(_ indices: [Int], batch: Int, in workspace: Workspace) -> Tensor {
        precondition(batch > 0 && indices.count % batch == 0, "\(indices.count) indices in \(batch) lists")
        let result = workspace.tensor(Shape(batch, indices.count / batch, channels))
        table.withUnsafeBufferPointer { table in
            for (row, index) in indices.enumerated() {
                precondition(index >= 0 && index < count, "an index \(index) of \(count)")
                guard let source = table.baseAddress else { continue }
                (result.base + row * channels).update(from: source + index * channels, count: channels)
            }
        }
        return result
    }
}
