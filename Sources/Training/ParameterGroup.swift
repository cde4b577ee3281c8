import Tensors

/// Parameters that an optimizer treats alike.
public struct ParameterGroup {
    /// The parameters.
    public let parameters: [Parameter]
    /// What the schedule's rate is multiplied by for them.
    public let rateFactor: Double
    /// PyTorch's `weight_decay`: added to the gradient by SGD, taken from the values by AdamW.
    public let decay: Double

    /// Makes a group.
    public init(_ parameters: [Parameter], rateFactor: Double = 1, decay: Double = 0) {
        self.parameters = parameters
        self.rateFactor = rateFactor
        self.decay = decay
    }

    /// Two groups: matrices, whose values decay, and vectors (biases, the scales of norms), whose values do not.
    public static func decayingMatrices(_ parameters: [Parameter], decay: Double) -> [ParameterGroup] {
        let vectors = parameters.filter { $0.tensor.shape.rank == 1 }
        let matrices = parameters.filter { $0.tensor.shape.rank > 1 }
        return [ParameterGroup(matrices, decay: decay), ParameterGroup(vectors)]
    }
}
