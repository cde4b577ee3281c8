import Diagnostics
import Kernels
import Tensors

/// Two linear maps of a token with an activation between them.
public struct FeedForward: Sendable {
    /// What happens between the two maps.
    public enum Middle: Hashable, Sendable {
        /// An activation of every value.
        case activation(Activation)
        /// The first map makes twice the inner width, and an activation of the second half gates the first.
        case gate(Activation)

        /// GELU gates (GEGLU).
        public static let gatedByGELU = Middle.gate(.gelu)

        var isGated: Bool { if case .gate = self { true } else { false } }
    }

    /// What the two maps are called in a checkpoint.
    public struct Names: Sendable {
        /// The names of the first and the second map.
        public let expansion, contraction: String

        /// Names the two maps.
        public init(expansion: String, contraction: String) {
            self.expansion = expansion
            self.contraction = contraction
        }

        /// diffusers' names.
        public static let diffusers = Names(expansion: "net.0.proj", contraction: "net.2")
        /// The names in transformers' CLIP.
        public static let clip = Names(expansion: "fc1", contraction: "fc2")
        /// The names in transformers' ViT.
        public static let vit = Names(expansion: "intermediate.dense", contraction: "output.dense")
    }

    private let expansion, contraction: Linear
    private let middle: Middle

    /// Reads the maps from C to the inner width I (2·I where gated) and back.
    ///
    /// Throws `badInput` where a tensor is missing or of another shape.
    public init(_ parameters: Parameters, channels: Int, inner: Int, middle: Middle, names: Names)
        throws(Failure)
    {
        expansion = try Linear(
            parameters.scoped(names.expansion), inputs: channels,
            outputs: middle.isGated ? 2 * inner : inner)
        contraction = try Linear(parameters.scoped(names.contraction), inputs: inner, outputs: channels)
        self.middle = middle
    }

    /// Reads the maps where the first stands in parts that are put side by side: where gated, the value and then the gate.
    ///
    /// Throws `badInput` where a tensor is missing or of another shape.
    public init(
        expansion parts: [Parameters], contraction: Parameters, channels: Int, inner: Int, middle: Middle,
        bias: Bool
    ) throws(Failure) {
        expansion = try Linear(sideBySide: parts, inputs: channels, outputs: inner, bias: bias)
        self.contraction = try Linear(contraction, inputs: inner, outputs: channels, bias: bias)
        self.middle = middle
    }

    /// Maps tokens [B, …, C]; `residual` of the same shape is added where there is one.
    public func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil, in workspace: Workspace) -> Tensor
    {
        workspace.scope {
            let wide = expansion(x, in: workspace)
            let inner =
                switch middle {
                case .activation(let activation): wide.activated(activation, in: workspace)
                case .gate(let activation): wide.gated(by: activation, in: workspace)
                }
            return contraction(inner, adding: residual, in: workspace)
        }
    }
}
