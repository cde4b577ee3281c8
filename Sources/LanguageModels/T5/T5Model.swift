import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Layers
import Tensors

/// A T5 encoder and decoder with its head (transformers' `T5ForConditionalGeneration`).
///
/// Raffel et al., "Exploring the limits of transfer learning with a unified text-to-text transformer" (2020).
public struct T5Model: Sendable {
    /// The model's configuration.
    public let configuration: T5Configuration
    let embedding: Embedding
    let encoder, decoder: T5Stack
    private let head: Linear?
    /// The file of the weights, by which failures name the model.
    let source: String

    /// Reads a model's `config.json` and weights from a folder; `list` collects what can be trained.
    ///
    /// Throws one `Failure` that names file and field: `missingResource` where a file is missing, `badInput` where a
    /// file is damaged, of another architecture, or asks for what is not supported.
    public init(directory: URL, list: ParameterList? = nil) throws(Failure) {
        let configuration = try T5Configuration(JSONFields(configurationIn: directory))
        try self.init(configuration, Parameters(SafetensorsCheckpoint(directory: directory), list: list))
    }

    /// Reads the model from a checkpoint; the head is the table of the tokens where none is stored and none needed.
    public init(_ configuration: T5Configuration, _ parameters: Parameters) throws(Failure) {
        embedding = try Embedding(
            parameters.scoped("shared"), count: configuration.vocabularySize,
            channels: configuration.channels)
        encoder = try T5Stack(parameters.scoped("encoder"), configuration, isDecoder: false)
        decoder = try T5Stack(parameters.scoped("decoder"), configuration, isDecoder: true)
        let part = parameters.scoped("lm_head")
        head =
            configuration.needsHead || part.contains("weight")
            ? try Linear(
                part, inputs: configuration.channels, outputs: configuration.vocabularySize, bias: false)
            : nil
        self.configuration = configuration
        source = parameters.source
    }

    /// The encoder's states [B, S, C] of B texts of S tokens each, of which `visible` are not padding.
    ///
    /// Throws `badInput` where a text is empty, not as long as the others, or holds an unknown token.
    public func encoded(
        _ texts: [[Int]], visible: [Range<Int>]? = nil, in workspace: Workspace
    ) throws(Failure) -> Tensor {
        try encoded(texts, visible: visible, in: workspace, observe: nil)
    }

    func encoded(
        _ texts: [[Int]], visible: [Range<Int>]?, in workspace: Workspace, observe: Observer?
    ) throws(Failure) -> Tensor {
        try TokenCheck(configuration.vocabularySize, of: source).check(texts, visible: visible)
        return workspace.scope {
            encoder(
                embedding(texts.flatMap { $0 }, batch: texts.count, in: workspace), visible: visible,
                in: workspace, observe: observe)
        }
    }

    /// The decoder's last states [B, T, C] for B sequences of T tokens, which attend to the encoder's states [B, S, C].
    ///
    /// `visible` are the encoder's places that are not padding. Throws as `encoded` does.
    public func decoded(
        _ sequences: [[Int]], encoded states: Tensor, visible: [Range<Int>]? = nil, in workspace: Workspace
    ) throws(Failure) -> Tensor {
        try decoded(sequences, encoded: states, visible: visible, in: workspace, observe: nil)
    }

    func decoded(
        _ sequences: [[Int]], encoded states: Tensor, visible: [Range<Int>]?, in workspace: Workspace,
        observe: Observer?
    ) throws(Failure) -> Tensor {
        try TokenCheck(configuration.vocabularySize, of: source).check(sequences)
        precondition(
            states.shape.batch == sequences.count, "\(states.shape) for \(sequences.count) sequences")
        return workspace.scope {
            decoder(
                embedding(sequences.flatMap { $0 }, batch: sequences.count, in: workspace), visible: nil,
                context: (states, visible), in: workspace, observe: observe)
        }
    }

    /// The logits [B, …, V] of the next token at the decoder's states [B, …, C].
    public func logits(of states: Tensor, in workspace: Workspace) -> Tensor {
        workspace.scope {
            let scaled =
                configuration.headScale == 1
                ? states : states.scaled(by: configuration.headScale, in: workspace)
            return head?(scaled, in: workspace) ?? scaled.mapped(byRowsOf: embedding.table, in: workspace)
        }
    }

    /// The mean cross-entropy of the tokens that the decoder should write for each text, one value.
    ///
    /// Texts, and labels, may differ in length; a label of nil does not count.
    public func loss(
        of texts: [[Int]], labels: [[Int?]], in workspace: Workspace
    ) throws(Failure) -> Tensor {
        let (longest, length) = (texts.map(\.count).max() ?? 0, labels.map(\.count).max() ?? 0)
        func padded(_ sequences: [[Int]], to length: Int) -> [[Int]] {
            sequences.map { $0 + [Int](repeating: 0, count: length - $0.count) }
        }
        let wanted = try LabelledRows(
            labels, sequences: labels.map { $0.map { $0 ?? 0 } }, length: length, shift: 0,
            vocabularySize: configuration.vocabularySize, of: source)
        guard labels.count == texts.count else {
            throw Failure(
                .badInput, "\(texts.count) texts and \(labels.count) lists of labels",
                hint: "Give a list of labels for each text.")
        }
        let inputs = labels.map { labels in
            [configuration.startToken] + labels.dropLast().map { $0 ?? 0 }
        }
        let visible = texts.map { 0..<$0.count }
        return try workspace.scope { () throws(Failure) in
            let states = try encoded(padded(texts, to: longest), visible: visible, in: workspace)
            let last = try decoded(
                padded(inputs, to: length), encoded: states, visible: visible, in: workspace)
            let rows = last.reshaped(Shape(last.count / configuration.channels, configuration.channels))
                .rows(wanted.rows, in: workspace)
            return logits(of: rows.reshaped(Shape(1, rows.shape[0], rows.shape[1])), in: workspace)
                .crossEntropy(classes: wanted.classes, in: workspace)
        }
    }
}
