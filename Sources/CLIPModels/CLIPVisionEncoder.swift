import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Kernels
import Layers
import Tensors

/// CLIP's image encoder (a vision transformer), alone or with the projection into the space it shares with texts.
///
/// It reads transformers' `CLIPVisionModel`, `CLIPVisionModelWithProjection`, and the image half of a `CLIPModel`.
public struct CLIPVisionEncoder: Sendable {
    /// The encoder's configuration.
    public let configuration: CLIPVisionConfiguration
    private let patchEmbedding: Conv2D
    private let classEmbedding: Parameter
    private let positionEmbedding: Embedding
    private let inputNorm, outputNorm: LayerNorm
    private let transformer: CLIPTransformer
    private let projection: Linear?
    /// The file of the weights, by which failures name the model.
    private let source: String

    /// Reads an encoder's `config.json` and weights from a folder.
    ///
    /// Throws one `Failure` that names file and field: `missingResource` where a file is missing, `badInput` where a
    /// file is damaged, of another architecture, or asks for what is not supported.
    ///
    /// - Parameter list: where the parameters are entered, for those who train them.
    public init(directory: URL, list: ParameterList? = nil) throws(Failure) {
        let fields = try JSONFields(configurationIn: directory)
        let parameters = Parameters(try SafetensorsCheckpoint(directory: directory), list: list)
        if fields.value("vision_config") != nil {
            try fields.check(modelTypes: ["clip"])
            let whole = try CLIPConfiguration(fields)
            try self.init(whole.vision, parameters, projection: whole.projection)
        } else {
            try fields.check(modelTypes: ["clip_vision_model"])
            try self.init(
                CLIPVisionConfiguration(fields), parameters, isProjected: fields.namesProjection)
        }
    }

    /// Reads the encoder from a checkpoint; `projection` is its width where it differs from the configuration's, and
    /// a checkpoint without one is refused where `isProjected`.
    init(
        _ configuration: CLIPVisionConfiguration, _ parameters: Parameters, projection width: Int? = nil,
        isProjected: Bool = true
    ) throws(Failure) {
        let sizes = configuration.transformer
        let part = parameters.network("vision_model", marker: "embeddings.patch_embedding.weight")
        patchEmbedding = try Conv2D(
            part.scoped("embeddings.patch_embedding"), inputs: configuration.imageChannels,
            outputs: sizes.channels, kernel: configuration.patchSize, stride: configuration.patchSize,
            bias: false)
        classEmbedding = try part.parameter("embeddings.class_embedding", [sizes.channels])
        positionEmbedding = try Embedding(
            part.scoped("embeddings.position_embedding"), count: configuration.grid * configuration.grid + 1,
            channels: sizes.channels)
        // The name is misspelled in every published checkpoint.
        inputNorm = try LayerNorm(
            part.scoped("pre_layrnorm"), channels: sizes.channels, epsilon: sizes.epsilon)
        transformer = try CLIPTransformer(part, sizes)
        outputNorm = try LayerNorm(
            part.scoped("post_layernorm"), channels: sizes.channels, epsilon: sizes.epsilon)
        projection = try parameters.projection(
            "visual_projection", inputs: sizes.channels, outputs: width ?? configuration.projection,
            isNeeded: isProjected)
        self.configuration = configuration
        source = parameters.source
    }

    /// Width of the features, P.
    public var featureWidth: Int { projection?.outputs ?? configuration.transformer.channels }

    /// The features [B, P] of normalized images [B, H, W, 3]: the class token's state, projected where the model does.
    ///
    /// H and W are the configuration's image size. The features are not normalized, and an image's depend on no other.
    /// Throws `badInput` where activations are not finite, by the name of the layer.
    public func features(of images: Tensor, in workspace: Workspace) throws(Failure) -> Tensor {
        try checked(source) { (observe) throws(Failure) in
            features(of: images, in: workspace, observe: observe)
        }
    }

    func features(of images: Tensor, in workspace: Workspace, observe: Observer) -> Tensor {
        let side = configuration.imageSize
        precondition(
            images.shape == Shape(images.shape.batch, side, side, configuration.imageChannels),
            "an encoder of \(side) × \(side) pixels got \(images.shape)")
        return workspace.scope {
            let batch = images.shape.batch
            let channels = configuration.transformer.channels
            let patches = patchEmbedding(images, in: workspace)
            let length = patches.shape.rows + 1
            let tokens = patches.preceded(by: classEmbedding, in: workspace)
                .addingToBlocks(positionEmbedding.table, in: workspace)
            observe("embeddings", tokens)
            let normalized = inputNorm(tokens, in: workspace)
            observe("pre_layrnorm", normalized)
            let mixed = transformer(normalized, isCausal: false, in: workspace, observe: observe)
                .reshaped(Shape(batch * length, channels))
            let classTokens = mixed.rows((0..<batch).map { $0 * length }, in: workspace)
            let pooled = outputNorm(classTokens, in: workspace)
            observe("pooler_output", pooled)
            guard let projection else { return pooled }
            let features = projection(pooled, in: workspace)
            observe("visual_projection", features)
            return features
        }
    }
}
