import Diagnostics
import Foundation
import Kernels
import Tensors

/// Sequences that a T5 writes token by token for texts that it has read.
public final class T5Decoder: StepDecoder {
    private let model: T5Model
    private let texts: [[Int]]
    private let caches, contexts: [TokenCache]
    /// Biases by distance [N, capacity], and the capacity all sequences share.
    private let biases: [Float]
    private let capacity: Int
    private let workspaces = WorkspacePool()

    /// Takes texts of any lengths, for each of which up to `limit` tokens are to be written.
    ///
    /// Throws `badInput` where one is empty or holds an unknown token, `missingResource` where the keys and values do
    /// not fit into memory.
    public init(_ model: T5Model, texts: [[Int]], limit: Int) throws(Failure) {
        let configuration = model.configuration
        let check = TokenCheck(configuration.vocabularySize, of: model.source)
        for text in texts { try check.check(text) }
        let (layers, heads) = (configuration.decoderLayers, configuration.heads)
        try TokenCache.check(
            sequences: texts.count, layers: layers, capacity: limit + (texts.map(\.count).max() ?? 0),
            heads: heads, available: ProcessInfo.processInfo.physicalMemory)
        self.model = model
        self.texts = texts
        caches = texts.map { _ in TokenCache([], layers: layers, capacity: max(limit, 1), heads: heads) }
        contexts = texts.map { TokenCache($0, layers: layers, capacity: $0.count, heads: heads) }
        capacity = caches.first?.capacity ?? 0
        biases = model.decoder.biasesBackwards(capacity: capacity)
    }

    /// The number of sequences.
    public var count: Int { texts.count }

    /// Reads each text by itself, side by side on all threads, and makes the logits [B, V] of the first tokens.
    public func begin(in workspace: Workspace) throws(Failure) -> Tensor {
        _ = try workspaces.map(count) { [self] index, workspace throws(Failure) in
            let states = try model.encoded([texts[index]], in: workspace)
            for (layer, block) in model.decoder.blocks.enumerated() {
                block.fill(contexts[index].layer(layer), with: states, in: workspace)
            }
        }
        let start = [Int](repeating: model.configuration.startToken, count: count)
        return try advance(start, of: Array(0..<count), in: workspace)
    }

    /// Takes a token for each of some sequences and makes the logits [A, V] of their next.
    public func advance(
        _ tokens: [Int], of sequences: [Int], in workspace: Workspace
    ) throws(Failure) -> Tensor {
        let places = sequences.map { caches[$0].tokens.count }
        precondition(
            tokens.count == sequences.count && places.allSatisfy { $0 < capacity },
            "a token for each sequence, and room for it")
        for (sequence, token) in zip(sequences, tokens) { caches[sequence].tokens.append(token) }
        let logits = biases.withUnsafeBufferPointer { biases in
            guard let backwards = biases.baseAddress else { preconditionFailure("no biases") }
            return workspace.scope {
                var x = model.embedding(tokens, batch: tokens.count, in: workspace)
                for (layer, block) in model.decoder.blocks.enumerated() {
                    let steps = sequences.enumerated().map { row, sequence -> T5Block.Step in
                        (
                            caches[sequence].layer(layer), contexts[sequence].layer(layer), places[row],
                            texts[sequence].count
                        )
                    }
                    x = block.step(x, steps, bias: { backwards + capacity - 1 - places[$0] }, in: workspace)
                }
                return model.logits(of: model.decoder.finished(x, in: workspace), in: workspace)
            }
        }
        guard logits.isFinite else { throw try trouble(logits, sequences, in: workspace) }
        return logits.reshaped(Shape(logits.shape.batch, logits.shape.channels))
    }

    /// The failure that names the first layer whose activations are not finite.
    private func trouble(
        _ logits: Tensor, _ sequences: [Int], in workspace: Workspace
    ) throws(Failure) -> Failure {
        var layer: String?
        let observe = { (name: String, output: Tensor) in
            if layer == nil, !output.isFinite { layer = name }
        }
        let row = (0..<sequences.count).first { !logits[$0..<$0 + 1].isFinite } ?? 0
        let states = try model.encoded(
            [texts[sequences[row]]], visible: nil, in: workspace, observe: observe)
        _ = try model.decoded(
            [caches[sequences[row]].tokens], encoded: states, visible: nil, in: workspace, observe: observe)
        return .notFinite(layer ?? "lm_head", of: model.source)
    }
}
