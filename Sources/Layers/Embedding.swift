import Diagnostics
import Tensors

/// A table of vectors looked up by index (PyTorch's `nn.Embedding`).
public struct Embedding: Sendable {
    /// The number of vectors V, and their width C.
    public let count, channels: Int
    /// The vectors, [V, C].
    public let table: Parameter

    /// Reads `weight` [V, C]; throws `badInput` where it is missing or of another shape.
    public init(_ parameters: Parameters, count: Int, channels: Int) throws(Failure) {
        table = try parameters.parameter("weight", [count, channels])
        self.count = count
        self.channels = channels
    }

    /// The vectors [B, T, C] of B lists of T indices below V, one list after another.
    public func callAsFunction(_ indices: [Int], batch: Int, in workspace: Workspace) -> Tensor {
        precondition(batch > 0 && indices.count % batch == 0, "\(indices.count) indices in \(batch) lists")
        return table.tensor.rows(indices, in: workspace).reshaped(
            Shape(batch, indices.count / batch, channels))
    }
}
