import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Layers
import Tensors

/// CLIP's text encoder, alone or with the projection into the space it shares with images.
///
/// It reads transformers' `CLIPTextModel`, `CLIPTextModelWithProjection`, and the text half of a `CLIPModel`.
public struct CLIPTextEncoder: Sendable {
    /// The encoder's configuration.
    public let configuration: CLIPTextConfiguration
    private let tokenEmbedding, positionEmbedding: Embedding
    private let transformer: CLIPTransformer
    private let finalNorm: LayerNorm
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
        if fields.value("text_config") != nil {
            try fields.check(modelTypes: ["clip"])
            let whole = try CLIPConfiguration(fields)
            try self.init(whole.text, parameters, projection: whole.projection)
        } else {
            try fields.check(modelTypes: ["clip_text_model"])
            try self.init(
                CLIPTextConfiguration(fields), parameters, isProjected: fields.namesProjection)
        }
    }

    /// Reads the encoder from a checkpoint; `projection` is its width where it differs from the configuration's, and
    /// a checkpoint without one is refused where `isProjected`.
    ///
    /// The encoder's tensors stand under `text_model` or, as transformers 5 saves a `CLIPTextModel`, under no prefix.
    init(
        _ configuration: CLIPTextConfiguration, _ parameters: Parameters, projection width: Int? = nil,
        isProjected: Bool = true
    ) throws(Failure) {
        let sizes = configuration.transformer
        let part = parameters.network("text_model", marker: "embeddings.token_embedding.weight")
        tokenEmbedding = try Embedding(
            part.scoped("embeddings.token_embedding"), count: configuration.vocabularySize,
            channels: sizes.channels)
        positionEmbedding = try Embedding(
            part.scoped("embeddings.position_embedding"), count: configuration.positions,
            channels: sizes.channels)
        transformer = try CLIPTransformer(part, sizes)
        finalNorm = try LayerNorm(
            part.scoped("final_layer_norm"), channels: sizes.channels, epsilon: sizes.epsilon)
        projection = try parameters.projection(
            "text_projection", inputs: sizes.channels, outputs: width ?? configuration.projection,
            isNeeded: isProjected)
        self.configuration = configuration
        source = parameters.source
    }

    /// Width of the features, P.
    public var featureWidth: Int { projection?.outputs ?? configuration.transformer.channels }

    /// The last hidden states [B, T, C] of B texts of T tokens each, after the final norm.
    ///
    /// This is what a latent-diffusion UNet attends to. Throws `badInput` where a text is empty, longer than the
    /// model's positions, not as long as the others, or holds a token outside the vocabulary.
    public func hiddenStates(of texts: [[Int]], in workspace: Workspace) throws(Failure) -> Tensor {
        try checked(source) { (observe) throws(Failure) in
            try hiddenStates(of: texts, in: workspace, observe: observe)
        }
    }

    func hiddenStates(of texts: [[Int]], in workspace: Workspace, observe: Observer) throws(Failure) -> Tensor
    {
        try check(texts)
        return workspace.scope {
            let tokens = tokenEmbedding(texts.flatMap { $0 }, batch: texts.count, in: workspace)
                .addingToBlocks(positionEmbedding.table, in: workspace)
            observe("embeddings", tokens)
            let mixed = transformer(tokens, isCausal: true, in: workspace, observe: observe)
            let states = finalNorm(mixed, in: workspace)
            observe("final_layer_norm", states)
            return states
        }
    }

    /// The features [B, P] of B texts: the state at the end token, projected where the model has a projection.
    ///
    /// They are not normalized. Throws as `hiddenStates` does.
    public func features(of texts: [[Int]], in workspace: Workspace) throws(Failure) -> Tensor {
        try checked(source) { (observe) throws(Failure) in
            try features(of: texts, in: workspace, observe: observe)
        }
    }

    func features(of texts: [[Int]], in workspace: Workspace, observe: Observer) throws(Failure) -> Tensor {
        try workspace.scope { () throws(Failure) in
            let states = try hiddenStates(of: texts, in: workspace, observe: observe)
            let (length, channels) = (states.shape.rows, states.shape.channels)
            let rows = states.reshaped(Shape(texts.count * length, channels))
            let ends = texts.enumerated().map { $0 * length + endPlace(in: $1) }
            let pooled = rows.rows(ends, in: workspace)
            observe("pooler_output", pooled)
            guard let projection else { return pooled }
            let features = projection(pooled, in: workspace)
            observe("text_projection", features)
            return features
        }
    }

    /// Where a text ends: at its first end token, or at 0 where it has none, as transformers has it.
    private func endPlace(in text: [Int]) -> Int {
        let isLegacy = configuration.endToken == CLIPTextConfiguration.legacyEndToken
        let end = isLegacy ? text.max() : configuration.endToken
        return text.firstIndex { $0 == end } ?? 0
    }

    private func check(_ texts: [[Int]]) throws(Failure) {
        guard let length = texts.first?.count, length > 0 else {
            throw Failure(.badInput, "a text without tokens", hint: "Give at least the begin and end tokens.")
        }
        guard length <= configuration.positions else {
            throw Failure(
                .badInput, "a text of \(length) tokens, where the model takes \(configuration.positions)",
                hint: "Shorten the text, or let the tokenizer cut it.")
        }
        for text in texts {
            guard text.count == length else {
                throw Failure(
                    .badInput, "texts of \(length) and of \(text.count) tokens in one batch",
                    hint: "Pad them to one length, or encode them one by one.")
            }
            if let token = text.first(where: { !(0..<configuration.vocabularySize).contains($0) }) {
                throw Failure(
                    .badInput, "token \(token), where the model knows \(configuration.vocabularySize)",
                    hint: "Use the tokenizer that belongs to the model.")
            }
        }
    }
}
