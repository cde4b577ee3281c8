import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Layers
import Tensors

/// A vision transformer with a classifier (transformers' `ViTForImageClassification`, timm's `VisionTransformer`).
///
/// Dosovitskiy et al., "An image is worth 16 × 16 words" (2021), section 3.1.
public struct VisionTransformer: ImageClassifier {
    /// The network's configuration.
    public let configuration: VisionTransformerConfiguration
    private let patchEmbedding: Conv2D
    private let classToken: Parameter?
    private let positions: Parameter
    private let blocks: [VisionTransformerBlock]
    private let norm: LayerNorm
    private let head: Linear
    private let names: VisionTransformerNames

    /// Reads a network's `config.json` and weights from a folder; `list` collects what can be trained.
    ///
    /// Throws one `Failure` that names file and field: `missingResource` where a file is missing, `badInput` where a
    /// file is damaged, of another architecture, or asks for what is not supported.
    public init(directory: URL, list: ParameterList? = nil) throws(Failure) {
        let configuration = try VisionTransformerConfiguration(JSONFields(configurationIn: directory))
        try self.init(configuration, Parameters(SafetensorsCheckpoint(directory: directory), list: list))
    }

    /// Reads the network from a checkpoint.
    public init(_ configuration: VisionTransformerConfiguration, _ parameters: Parameters) throws(Failure) {
        let (channels, size) = (configuration.channels, configuration.patchSize)
        names = VisionTransformerNames(configuration)
        patchEmbedding = try Conv2D(
            parameters.scoped(names.patches), inputs: configuration.imageChannels, outputs: channels,
            kernel: size, stride: size)
        classToken =
            configuration.hasClassToken
            ? try parameters.parameter(names.classToken, [1, 1, channels]) : nil
        let length = configuration.grid * configuration.grid + (configuration.hasClassToken ? 1 : 0)
        positions = try parameters.parameter(names.positions, [1, length, channels])
        var blocks: [VisionTransformerBlock] = []
        for index in 0..<configuration.layers {
            blocks.append(
                try VisionTransformerBlock(parameters.scoped("\(names.blocks).\(index)"), configuration))
        }
        self.blocks = blocks
        norm = try LayerNorm(
            parameters.scoped(names.norm), channels: channels, epsilon: configuration.epsilon)
        head = try Linear(
            parameters.scoped(names.head), inputs: channels, outputs: configuration.classes)
        self.configuration = configuration
    }

    /// The number of classes.
    public var classes: Int { configuration.classes }
    /// Channels of an image.
    public var imageChannels: Int { configuration.imageChannels }
    /// Side of an image, in pixels.
    public var imageSize: Int? { configuration.imageSize }

    /// The logits [B, K] of channels-last images [B, H, W, I]; the network learns as it evaluates.
    public func logits(of images: Tensor, isLearning: Bool, in workspace: Workspace, observe: Observer?)
        -> Tensor
    {
        workspace.scope {
            let patches = patchEmbedding(images, in: workspace)
            let (batch, channels) = (images.shape.batch, configuration.channels)
            var x =
                classToken.map { patches.preceded(by: $0, in: workspace) }
                ?? patches.reshaped(Shape(batch, patches.shape.rows, channels))
            let length = x.shape.rows
            x = x.addingToBlocks(positions, in: workspace)
            for (index, block) in blocks.enumerated() {
                x = block(x, in: workspace)
                observe?("\(names.blocks).\(index)", x)
            }
            let tokens = x.reshaped(Shape(batch * length, channels))
            let pooled: Tensor
            switch configuration.pooling {
            case .classToken:
                pooled = norm(
                    tokens.rows((0..<batch).map { $0 * length }, in: workspace), in: workspace)
            case .mean:
                let first = configuration.hasClassToken ? 1 : 0
                let patches = (0..<batch).flatMap { image in
                    (first..<length).map { image * length + $0 }
                }
                let states = first == 0 ? tokens : tokens.rows(patches, in: workspace)
                pooled = norm(
                    states.reshaped(Shape(batch, length - first, channels)).averagedRows(in: workspace),
                    in: workspace)
            }
            observe?(names.norm, pooled)
            let logits = head(pooled, in: workspace)
            observe?(names.head, logits)
            return logits
        }
    }
}

/// Attention and two maps, each after a layer norm and added to what came in.
struct VisionTransformerBlock: Sendable {
    private let attentionNorm, mapNorm: LayerNorm
    private let attention: MultiHeadAttention
    private let maps: FeedForward

    init(_ parameters: Parameters, _ configuration: VisionTransformerConfiguration) throws(Failure) {
        let channels = configuration.channels
        let headWidth = channels / configuration.heads
        let isTimm = configuration.layout == .timm
        attentionNorm = try LayerNorm(
            parameters.scoped(isTimm ? "norm1" : "layernorm_before"), channels: channels,
            epsilon: configuration.epsilon)
        mapNorm = try LayerNorm(
            parameters.scoped(isTimm ? "norm2" : "layernorm_after"), channels: channels,
            epsilon: configuration.epsilon)
        attention =
            isTimm
            ? try MultiHeadAttention(
                queriesKeysValues: parameters.scoped("attn.qkv"), output: parameters.scoped("attn.proj"),
                channels: channels, heads: configuration.heads, headWidth: headWidth,
                inputBias: configuration.inputBias)
            : try MultiHeadAttention(
                parameters.scoped("attention"), channels: channels, heads: configuration.heads,
                headWidth: headWidth, names: .vit, inputBias: configuration.inputBias)
        maps = try FeedForward(
            isTimm ? parameters.scoped("mlp") : parameters, channels: channels, inner: configuration.inner,
            middle: .activation(configuration.activation), names: isTimm ? .clip : .vit)
    }

    func callAsFunction(_ x: Tensor, in workspace: Workspace) -> Tensor {
        workspace.scope {
            let mixed = attention(attentionNorm(x, in: workspace), adding: x, in: workspace)
            return maps(mapNorm(mixed, in: workspace), adding: mixed, in: workspace)
        }
    }
}

/// What a network's parts are called in a checkpoint.
struct VisionTransformerNames: Sendable {
    let patches, classToken, positions, blocks, norm, head: String

    init(_ configuration: VisionTransformerConfiguration) {
        switch configuration.layout {
        case .transformers:
            patches = "vit.embeddings.patch_embeddings.projection"
            classToken = "vit.embeddings.cls_token"
            positions = "vit.embeddings.position_embeddings"
            blocks = "vit.encoder.layer"
            norm = "vit.layernorm"
            head = "classifier"
        case .timm:
            patches = "patch_embed.proj"
            classToken = "cls_token"
            positions = "pos_embed"
            blocks = "blocks"
            norm = configuration.pooling == .mean ? "fc_norm" : "norm"
            head = "head"
        }
    }
}
