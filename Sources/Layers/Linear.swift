import Diagnostics
import Kernels
import Tensors

/// A linear map of the last dimension, y = x·Wᵀ + b (PyTorch's `nn.Linear`).
public struct Linear: Sendable {
    /// Channels read and channels made.
    public let inputs, outputs: Int
    /// Wᵀ, [I, O], as the product reads it.
    let weight: Parameter
    /// [O], zeros where the map has no bias.
    let bias: Parameter

    /// Reads `weight` [O, I] and, with `bias`, `bias` [O].
    ///
    /// Throws `badInput` where one is missing or of another shape.
    public init(_ parameters: Parameters, inputs: Int, outputs: Int, bias hasBias: Bool = true)
        throws(Failure)
    {
        try self.init(sideBySide: [parameters], inputs: inputs, outputs: outputs, bias: hasBias)
    }

    /// Reads several maps of the same input as one that makes their outputs side by side, `outputs` each.
    public init(
        sideBySide parts: [Parameters], inputs: Int, outputs: Int, bias hasBias: Bool
    ) throws(Failure) {
        try self.init(
            sideBySide: parts, inputs: inputs, outputs: parts.map { _ in outputs }, bias: hasBias)
    }

    /// Reads several maps of the same input as one that makes their outputs side by side.
    public init(
        sideBySide parts: [Parameters], inputs: Int, outputs: [Int], bias hasBias: Bool
    ) throws(Failure) {
        try prepareEngine()
        weight = try Parameters.linearWeight(sideBySide: parts, outputs: outputs, inputs: inputs)
        bias = try Parameters.bias(sideBySide: parts, outputs: outputs, isStored: hasBias)
        self.inputs = inputs
        self.outputs = outputs.reduce(0, +)
    }

    /// Maps [B, …, I] to [B, …, O] and adds `residual` of that shape where there is one.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil, in workspace: Workspace) -> Tensor
    {
        x.mapped(by: weight, bias: bias, adding: residual, in: workspace)
    }
}
