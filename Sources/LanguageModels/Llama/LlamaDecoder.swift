import Diagnostics
import Foundation
import Kernels
import Tensors

/// Sequences that a Llama continues token by token.
public final class LlamaDecoder: StepDecoder {
    private let model: LlamaModel
    private let caches: [TokenCache]
    private let workspaces = WorkspacePool()

    /// Takes prompts of any lengths, to be continued by up to `limit` tokens each.
    ///
    /// Throws `badInput` where one is empty, holds an unknown token, or is too long for the model with what is to come;
    /// `missingResource` where their keys and values do not fit into memory.
    public init(_ model: LlamaModel, prompts: [[Int]], limit: Int) throws(Failure) {
        let configuration = model.configuration
        let check = TokenCheck(configuration.vocabularySize, configuration.positions, of: model.source)
        let longest = (prompts.map(\.count).max() ?? 0) + limit
        for prompt in prompts {
            try check.check(prompt)
            guard prompt.count + limit <= configuration.positions else {
                throw Failure(
                    .badInput,
                    "a prompt of \(prompt.count) tokens and \(limit) new ones, where the model takes \(configuration.positions)",
                    hint: "Shorten the prompt, or ask for fewer new tokens.")
            }
        }
        try TokenCache.check(
            sequences: prompts.count, layers: configuration.layers, capacity: longest,
            heads: configuration.heads, available: ProcessInfo.processInfo.physicalMemory)
        self.model = model
        caches = prompts.map {
            TokenCache(
                $0, layers: configuration.layers, capacity: $0.count + limit, heads: configuration.heads)
        }
    }

    /// The prompts with their padding taken off: `mask` says of each place whether it holds a token.
    ///
    /// Throws `badInput` where the shapes differ or padding stands between tokens.
    public static func prompts(_ padded: [[Int]], mask: [[Bool]]) throws(Failure) -> [[Int]] {
        var prompts: [[Int]] = []
        for (index, tokens) in padded.enumerated() {
            let mask = index < mask.count ? mask[index] : []
            guard mask.count == tokens.count, let first = mask.firstIndex(of: true),
                let last = mask.lastIndex(of: true), !mask[first...last].contains(false)
            else {
                throw Failure(
                    .badInput, "the mask of sequence \(index) does not cover one stretch of its tokens",
                    hint: "Pad on the left or on the right, and mark the tokens between.")
            }
            prompts.append(Array(tokens[first...last]))
        }
        return prompts
    }

    /// The number of sequences.
    public var count: Int { caches.count }

    /// Runs each prompt by itself, side by side on all threads, and makes the logits [B, V] of the next tokens.
    public func begin(in workspace: Workspace) throws(Failure) -> Tensor {
        let states = try workspaces.map(count) { [self] index, workspace throws(Failure) in
            let cache = caches[index]
            let states = try model.hiddenStates(of: [cache.tokens], visible: nil, in: workspace, observe: nil)
            {
                model.blocks[$0].fill(cache.layer($0), with: $1)
            }
            let (length, channels) = (states.shape.rows, states.shape.channels)
            return states.reshaped(Shape(length, channels))[length - 1..<length].values
        }
        let rows = workspace.tensor(
            Shape(count, 1, model.configuration.channels), states.flatMap { $0 })
        return try checked(
            model.logits(of: rows, in: workspace), caches: caches, in: workspace)
    }

    /// Takes a token for each of some sequences and makes the logits [A, V] of their next.
    public func advance(
        _ tokens: [Int], of sequences: [Int], in workspace: Workspace
    ) throws(Failure) -> Tensor {
        let caches = sequences.map { self.caches[$0] }
        let places = caches.map(\.tokens.count)
        precondition(
            tokens.count == caches.count && zip(caches, places).allSatisfy { $1 < $0.capacity },
            "a token for each sequence, and room for it")
        for (cache, token) in zip(caches, tokens) { cache.tokens.append(token) }
        let logits = workspace.scope {
            let angles = model.configuration.rotation.tables(
                places: places, lengths: { places[$0] + 1 }, in: workspace)
            var x = model.embedding(tokens, batch: tokens.count, in: workspace)
            for (index, block) in model.blocks.enumerated() {
                x = block.step(
                    x, angles: angles, caches: caches.map { $0.layer(index) }, places: places, in: workspace)
            }
            return model.logits(of: model.finished(x, in: workspace, observe: nil), in: workspace)
        }
        return try checked(logits, caches: caches, in: workspace)
    }

    /// The logits [A, V], where they are finite; otherwise the layer is looked for that made them so.
    private func checked(
        _ logits: Tensor, caches: [TokenCache], in workspace: Workspace
    ) throws(Failure) -> Tensor {
        guard !logits.isFinite else {
            return logits.reshaped(Shape(logits.shape.batch, logits.shape.channels))
        }
        var layer = "lm_head"
        let row = (0..<caches.count).first { !logits[$0..<$0 + 1].isFinite } ?? 0
        _ = try model.hiddenStates(of: [caches[row].tokens], visible: nil, in: workspace) { name, output in
            if layer == "lm_head", !output.isFinite { layer = name }
        }
        throw .notFinite(layer, of: model.source)
    }
}
