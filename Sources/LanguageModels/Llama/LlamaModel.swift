import Checkpoints
import Diagnostics
import Foundation
import JSONValues
import Kernels
import Layers
import Tensors

/// A Llama-family decoder with its head (transformers' `LlamaForCausalLM`, `MistralForCausalLM`, `Qwen2ForCausalLM`).
///
/// Touvron et al., "Llama 2: open foundation and fine-tuned chat models" (2023), section 2.2.
public struct LlamaModel: Sendable {
    /// The decoder's configuration.
    public let configuration: LlamaConfiguration
    let embedding: Embedding
    let blocks: [LlamaBlock]
    private let norm: RMSNorm
    private let head: Linear?
    /// The file of the weights, by which failures name the model.
    let source: String

    /// Reads a model's `config.json` and weights from a folder; `list` collects what can be trained, in float32.
    ///
    /// Throws one `Failure` that names file and field: `missingResource` where a file is missing, `badInput` where a
    /// file is damaged, of another architecture, or asks for what is not supported.
    public init(
        directory: URL, list: ParameterList? = nil, precision: Precision = .float32
    ) throws(Failure) {
        let configuration = try LlamaConfiguration(JSONFields(configurationIn: directory))
        try self.init(
            configuration,
            Parameters(SafetensorsCheckpoint(directory: directory), list: list, precision: precision))
    }

    /// Reads the model from a checkpoint.
    public init(_ configuration: LlamaConfiguration, _ parameters: Parameters) throws(Failure) {
        let part = parameters.scoped("model")
        embedding = try Embedding(
            part.scoped("embed_tokens"), count: configuration.vocabularySize,
            channels: configuration.channels)
        var blocks: [LlamaBlock] = []
        for index in 0..<configuration.layers {
            blocks.append(try LlamaBlock(part.scoped("layers.\(index)"), configuration))
        }
        self.blocks = blocks
        norm = try RMSNorm(
            part.scoped("norm"), channels: configuration.channels, epsilon: configuration.epsilon)
        head =
            configuration.isTied
            ? nil
            : try Linear(
                parameters.scoped("lm_head"), inputs: configuration.channels,
                outputs: configuration.vocabularySize, bias: false)
        self.configuration = configuration
        source = parameters.source
    }

    /// The last hidden states [B, T, C] of B sequences of T tokens each, after the final norm.
    ///
    /// `visible` are the places of each sequence that hold its tokens, where others are padding, on the left or on the
    /// right; what is computed at padding means nothing. A token's state depends on its own sequence alone. Throws
    /// `badInput` where a sequence is empty, too long, not as long as the others, or holds an unknown token.
    public func hiddenStates(
        of sequences: [[Int]], visible: [Range<Int>]? = nil, in workspace: Workspace
    ) throws(Failure) -> Tensor {
        try hiddenStates(of: sequences, visible: visible, in: workspace, observe: nil)
    }

    func hiddenStates(
        of sequences: [[Int]], visible: [Range<Int>]?, in workspace: Workspace, observe: Observer?,
        keep: (_ layer: Int, Tensor) -> Void = { _, _ in }
    ) throws(Failure) -> Tensor {
        try TokenCheck(configuration.vocabularySize, configuration.positions, of: source).check(
            sequences, visible: visible)
        let (batch, length) = (sequences.count, sequences.first?.count ?? 0)
        return workspace.scope {
            var x = embedding(sequences.flatMap { $0 }, batch: batch, in: workspace)
            observe?("model.embed_tokens", x)
            let rows = visible == nil ? length : batch * length
            let range = { (row: Int) in visible?[row / length] ?? 0..<length }
            let angles = configuration.rotation.tables(
                places: (0..<rows).map { max($0 % length - range($0).lowerBound, 0) },
                lengths: { range($0).count }, in: workspace)
            for (index, block) in blocks.enumerated() {
                x = block(x, angles: angles, visible: visible, in: workspace) { keep(index, $0) }
                observe?("model.layers.\(index)", x)
            }
            return finished(x, in: workspace, observe: observe)
        }
    }

    /// The logits [B, …, V] of the next token at hidden states [B, …, C].
    public func logits(of states: Tensor, in workspace: Workspace) -> Tensor {
        head?(states, in: workspace) ?? states.mapped(byRowsOf: embedding.table, in: workspace)
    }

    /// The mean cross-entropy of every token with what the model expects after those before it, one value.
    ///
    /// Sequences may differ in length. Of `labels`, one list for each sequence and by default the tokens themselves, an
    /// entry is the token that its place should hold, or nil where it does not count; the first never counts.
    public func loss(
        of sequences: [[Int]], labels: [[Int?]]? = nil, in workspace: Workspace
    ) throws(Failure) -> Tensor {
        let length = sequences.map(\.count).max() ?? 0
        let padded = sequences.map { $0 + [Int](repeating: 0, count: length - $0.count) }
        let isEven = sequences.allSatisfy { $0.count == length }
        let wanted = try LabelledRows(
            labels ?? sequences, sequences: sequences, length: length, shift: 1,
            vocabularySize: configuration.vocabularySize, of: source)
        return try workspace.scope { () throws(Failure) in
            let states = try hiddenStates(
                of: padded, visible: isEven ? nil : sequences.map { 0..<$0.count }, in: workspace)
            let rows = states.reshaped(Shape(states.count / configuration.channels, configuration.channels))
                .rows(wanted.rows, in: workspace)
            return logits(of: rows.reshaped(Shape(1, rows.shape[0], rows.shape[1])), in: workspace)
                .crossEntropy(classes: wanted.classes, in: workspace)
        }
    }

    func finished(_ x: Tensor, in workspace: Workspace, observe: Observer?) -> Tensor {
        let states = norm(x, in: workspace)
        observe?("model.norm", states)
        return states
    }
}
