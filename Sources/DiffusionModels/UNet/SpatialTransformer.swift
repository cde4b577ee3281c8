import Diagnostics
import Layers
import Tensors

/// Transformer blocks over the pixels of images, added to them (diffusers' `Transformer2DModel`).
struct SpatialTransformer: Sendable {
    private let name: String
    private let norm: GroupNorm
    private let entrance, exit: PixelMap
    private let blocks: [TransformerBlock]

    /// The sizes and options of a transformer.
    struct Options {
        /// Channels C and heads N; the heads' width is C/N.
        let channels, heads: Int
        /// Transformer blocks one after the other.
        let layers: Int
        /// Channels of the text.
        let contextWidth: Int
        /// Whether blocks attend to the text alone, and never to the image itself.
        let attendsToTextOnly: Bool
        /// Whether pixels enter and leave through a linear map; the weights of a convolution have another shape.
        let projectsLinearly: Bool
        /// Groups of the normalization before the blocks.
        let groups: Int
    }

    /// Reads the transformer's tensors; throws `badInput` where one is missing or of another shape.
    ///
    /// - Parameter textAttentions: every attention to the text is added to the list.
    init(_ parameters: Parameters, _ options: Options, textAttentions: inout [MultiHeadAttention])
        throws(Failure)
    {
        name = parameters.prefix
        norm = try GroupNorm(
            parameters.scoped("norm"), channels: options.channels, groups: options.groups, epsilon: 1e-6)
        entrance = try PixelMap(
            parameters.scoped("proj_in"), channels: options.channels, isLinear: options.projectsLinearly)
        exit = try PixelMap(
            parameters.scoped("proj_out"), channels: options.channels, isLinear: options.projectsLinearly)
        var blocks: [TransformerBlock] = []
        for index in 0..<options.layers {
            blocks.append(
                try TransformerBlock(
                    parameters.scoped("transformer_blocks.\(index)"), options,
                    textAttentions: &textAttentions))
        }
        self.blocks = blocks
    }

    /// Maps images [B, H, W, C] to images of the same shape.
    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let workspace = pass.workspace
        let result = workspace.scope {
            var tokens = entrance(norm(x, in: workspace), in: workspace)
            for block in blocks { tokens = block(tokens, pass) }
            return exit(tokens, adding: x, in: workspace)
        }
        pass.observer?(name, result)
        return result
    }
}

/// A map of single pixels, stored as a linear map or as a convolution with a kernel of one pixel.
private enum PixelMap: Sendable {
    case linear(Linear)
    case convolution(Conv2D)

    init(_ parameters: Parameters, channels: Int, isLinear: Bool) throws(Failure) {
        self =
            isLinear
            ? .linear(try Linear(parameters, inputs: channels, outputs: channels))
            : .convolution(try Conv2D(parameters, inputs: channels, outputs: channels, kernel: 1))
    }

    func callAsFunction(_ x: Tensor, adding residual: Tensor? = nil, in workspace: Workspace) -> Tensor {
        switch self {
        case .linear(let map): map(x, adding: residual, in: workspace)
        case .convolution(let map): map(x, adding: residual, in: workspace)
        }
    }
}

/// Attention to the image, attention to the text and a gated feed-forward (diffusers' `BasicTransformerBlock`).
private struct TransformerBlock: Sendable {
    private let norms: (LayerNorm, LayerNorm, LayerNorm)
    private let first: FirstAttention
    private let second: TextAttention
    private let feedForward: FeedForward

    private enum FirstAttention {
        case image(MultiHeadAttention)
        case text(TextAttention)
    }

    /// An attention to the text, and where its keys and values stand in `ForwardPass.text`.
    private struct TextAttention {
        let attention: MultiHeadAttention
        let place: Int
    }

    init(
        _ parameters: Parameters, _ options: SpatialTransformer.Options,
        textAttentions: inout [MultiHeadAttention]
    ) throws(Failure) {
        let channels = options.channels
        func attention(_ name: String, contextWidth: Int?) throws(Failure) -> MultiHeadAttention {
            try MultiHeadAttention(
                parameters.scoped(name), channels: channels, contextChannels: contextWidth,
                heads: options.heads, headWidth: channels / options.heads, names: .diffusers,
                inputBias: false)
        }
        func textAttention(_ name: String) throws(Failure) -> TextAttention {
            let attention = try attention(name, contextWidth: options.contextWidth)
            textAttentions.append(attention)
            return TextAttention(attention: attention, place: textAttentions.count - 1)
        }
        first =
            options.attendsToTextOnly
            ? .text(try textAttention("attn1")) : .image(try attention("attn1", contextWidth: nil))
        second = try textAttention("attn2")
        feedForward = try FeedForward(
            parameters.scoped("ff"), channels: channels, inner: 4 * channels, middle: .gatedByGELU,
            names: .diffusers)
        norms = (
            try LayerNorm(parameters.scoped("norm1"), channels: channels),
            try LayerNorm(parameters.scoped("norm2"), channels: channels),
            try LayerNorm(parameters.scoped("norm3"), channels: channels)
        )
    }

    func callAsFunction(_ x: Tensor, _ pass: ForwardPass) -> Tensor {
        let workspace = pass.workspace
        return workspace.scope {
            let normal = norms.0(x, in: workspace)
            let seen =
                switch first {
                case .image(let attention): attention(normal, adding: x, in: workspace)
                case .text(let text): read(text, normal, adding: x, pass)
                }
            let informed = read(second, norms.1(seen, in: workspace), adding: seen, pass)
            return feedForward(norms.2(informed, in: workspace), adding: informed, in: workspace)
        }
    }

    private func read(_ text: TextAttention, _ x: Tensor, adding residual: Tensor, _ pass: ForwardPass)
        -> Tensor
    {
        text.attention(x, keysAndValues: pass.text[text.place], adding: residual, in: pass.workspace)
    }
}
