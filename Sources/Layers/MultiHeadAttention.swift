import Diagnostics
import Kernels
import Tensors

/// Attention with N heads of width D from tokens to themselves or to a context.
///
/// Vaswani et al., "Attention is all you need" (2017), section 3.2.2.
public struct MultiHeadAttention: Sendable {
    /// Heads N and their width D; N·D may differ from the width of the tokens.
    public let heads, headWidth: Int
    /// The width of the tokens, C.
    public let channels: Int
    /// The width of the context, nil where tokens attend to themselves.
    public let contextChannels: Int?
    private let input: Input
    private let output: Linear

    /// Maps that read the same tokens are one product.
    private enum Input: Sendable {
        case own(queriesKeysValues: Linear)
        case context(queries: Linear, keysValues: Linear)
    }

    /// Reads the four maps under their names: queries, keys and values to N·D, and the output back to C.
    ///
    /// Throws `badInput` where a tensor is missing or of another shape.
    public init(
        _ parameters: Parameters, channels: Int, contextChannels: Int? = nil, heads: Int, headWidth: Int,
        names: Names, inputBias: Bool, outputBias: Bool = true
    ) throws(Failure) {
        let inner = heads * headWidth
        let queries = parameters.scoped(names.queries)
        let keysValues = [parameters.scoped(names.keys), parameters.scoped(names.values)]
        if let contextChannels {
            input = .context(
                queries: try Linear(queries, inputs: channels, outputs: inner, bias: inputBias),
                keysValues: try Linear(
                    sideBySide: keysValues, inputs: contextChannels, outputs: inner, bias: inputBias))
        } else {
            input = .own(
                queriesKeysValues: try Linear(
                    sideBySide: [queries] + keysValues, inputs: channels, outputs: inner, bias: inputBias))
        }
        output = try Linear(
            parameters.scoped(names.output), inputs: inner, outputs: channels, bias: outputBias)
        self.channels = channels
        self.contextChannels = contextChannels
        self.heads = heads
        self.headWidth = headWidth
    }

    /// Reads self-attention whose queries, keys and values are stored as one map [3·N·D, C], and the map back.
    ///
    /// Throws `badInput` where a tensor is missing or of another shape.
    public init(
        queriesKeysValues: Parameters, output: Parameters, channels: Int, heads: Int, headWidth: Int,
        inputBias: Bool
    ) throws(Failure) {
        let inner = heads * headWidth
        input = .own(
            queriesKeysValues: try Linear(
                queriesKeysValues, inputs: channels, outputs: 3 * inner, bias: inputBias))
        self.output = try Linear(output, inputs: inner, outputs: channels)
        self.channels = channels
        contextChannels = nil
        self.heads = heads
        self.headWidth = headWidth
    }

    /// Tokens [B, …, C] attend to themselves; `residual` [B, …, C] is added where there is one.
    public func callAsFunction(
        _ x: Tensor, isCausal: Bool = false, adding residual: Tensor? = nil, in workspace: Workspace
    ) -> Tensor {
        guard case .own(let map) = input else { preconditionFailure("attention to a context got none") }
        return workspace.scope {
            let mixed = map(x, in: workspace).attended(
                heads: heads, headWidth: headWidth, isCausal: isCausal, in: workspace)
            return output(mixed, adding: residual, in: workspace)
        }
    }

    /// The keys and values [B, S, 2·N·D] of a context [B, S, E].
    ///
    /// They are the same at every step of a sampler, so that they need be made but once.
    public func keysAndValues(of context: Tensor, in workspace: Workspace) -> Tensor {
        guard case .context(_, let map) = input else { preconditionFailure("self-attention got a context") }
        return map(context, in: workspace)
    }

    /// Tokens [B, …, C] attend to a context's keys and values [B, S, 2·N·D]; `residual` is added if there is one.
    public func callAsFunction(
        _ x: Tensor, keysAndValues context: Tensor, adding residual: Tensor? = nil, in workspace: Workspace
    ) -> Tensor {
        guard case .context(let map, _) = input else { preconditionFailure("self-attention got a context") }
        return workspace.scope {
            let mixed = map(x, in: workspace).attending(
                to: context, heads: heads, headWidth: headWidth, in: workspace)
            return output(mixed, adding: residual, in: workspace)
        }
    }

    /// Tokens [B, …, C] attend to a context [B, S, E]; `residual` [B, …, C] is added where there is one.
    public func callAsFunction(
        _ x: Tensor, context: Tensor, adding residual: Tensor? = nil, in workspace: Workspace
    ) -> Tensor {
        workspace.scope {
            self(
                x, keysAndValues: keysAndValues(of: context, in: workspace), adding: residual, in: workspace)
        }
    }
}

extension MultiHeadAttention {
    /// What the four maps of an attention are called in a checkpoint.
    public struct Names: Sendable {
        /// The names of the four maps.
        public let queries, keys, values, output: String

        /// Names the four maps.
        public init(queries: String, keys: String, values: String, output: String) {
            self.queries = queries
            self.keys = keys
            self.values = values
            self.output = output
        }

        /// diffusers' names.
        public static let diffusers = Names(
            queries: "to_q", keys: "to_k", values: "to_v", output: "to_out.0")
        /// The names in transformers' CLIP.
        public static let clip = Names(
            queries: "q_proj", keys: "k_proj", values: "v_proj", output: "out_proj")
        /// The names in transformers' ViT.
        public static let vit = Names(
            queries: "attention.query", keys: "attention.key", values: "attention.value",
            output: "output.dense")
    }
}
