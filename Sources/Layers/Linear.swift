import Diagnostics
import Kernels
import Tensors

/// A linear map of the last dimension, y = x·Wᵀ + b (PyTorch's `nn.Linear`).
public struct Linear: Sendable {
    /// Channels read and channels made.
    public let inputs, outputs: Int
    /// Wᵀ, [I, O], as the product reads it.
    let weight: [Float]
    /// [O], zeros where the map has no bias.
    let bias: [Float]

    /// Reads `weight` [O, I] and, with `bias`, `bias` [O].
    ///
    /// Throws `badInput` where one is missing or of another shape.
    public init(_ parameters: Parameters, inputs: Int, outputs: Int, bias hasBias: Bool = true)
        throws(Failure)
    {
        try self.init(sideBySide: [parameters], inputs: inputs, outputs: outputs, bias: hasBias)
    }

    /// Reads several maps of the same input as one that makes their outputs side by side, `outputs` each.
    init(sideBySide parts: [Parameters], inputs: Int, outputs: Int, bias hasBias: Bool) throws(Failure) {
        try prepareEngine()
        var rows: [Float] = []
        var bias: [Float] = []
        for part in parts {
            rows += try part.values("weight", [outputs, inputs])
            bias += hasBias ? try part.values("bias", [outputs]) : [Float](repeating: 0, count: outputs)
        }
        let total = outputs * parts.count
        weight = transposed(rows, rows: total, columns: inputs)
        self.bias = bias
        self.inputs = inputs
        self.outputs = total
    }

    /// Maps [B, …, I] to [B, …, O] and adds `residual` of that shape where there is one.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil, in workspace: Workspace) -> Tensor
    {
        precondition(x.shape.channels == inputs, "a map of \(inputs) channels got \(x.shape)")
        let result = workspace.tensor(x.shape.with(channels: outputs))
        precondition(residual.map { $0.count == result.count } ?? true, "a residual of another shape")
        mapLinearly(
            x.base, weight: weight, bias: bias, residual: residual.map { UnsafePointer($0.base) },
            into: result.base, blocks: x.shape.batch, rows: x.shape.rows, inputs: inputs, outputs: outputs)
        return result
    }
}

/// The transpose [C, R] of a matrix [R, C].
func transposed(_ matrix: [Float], rows: Int, columns: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: matrix.count) { buffer, count in
        guard let base = buffer.baseAddress else { return }
        transpose(matrix, into: base, batch: 1, rows: rows, columns: columns)
        count = matrix.count
    }
}
