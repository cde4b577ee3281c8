import Diagnostics
import Kernels
import Tensors

/// Sequences that grow token by token, each with the keys and values of what it holds so far.
///
/// What a sequence gets depends neither on which others grow with it nor on the number of threads. It differs in the
/// last bits from the logits that the model makes of a whole sequence at once, whose sums run in another order.
public protocol StepDecoder: AnyObject {
    /// The number of sequences.
    var count: Int { get }

    /// The logits [B, V] of the first new token of all sequences.
    ///
    /// Throws `badInput` that names the layer where activations are not finite.
    func begin(in workspace: Workspace) throws(Failure) -> Tensor

    /// Takes a token for each of some sequences and makes the logits [A, V] of their next.
    ///
    /// Throws as `begin` does.
    func advance(_ tokens: [Int], of sequences: [Int], in workspace: Workspace) throws(Failure) -> Tensor
}

extension StepDecoder {
    /// The most likely next tokens of each sequence, one after another, up to `limit` or to one of `ends`.
    ///
    /// An end is part of what is returned. Of equally likely tokens the first is taken.
    public func decodeGreedily(limit: Int, ends: Set<Int>) throws(Failure) -> [[Int]] {
        var texts = [[Int]](repeating: [], count: count)
        var active = Array(0..<count)
        let workspace = Workspace()
        while !active.isEmpty, texts[active[0]].count < limit {
            try workspace.temporarily { () throws(Failure) in
                let isFirst = texts[active[0]].isEmpty
                let logits =
                    isFirst
                    ? try begin(in: workspace)
                    : try advance(
                        active.map { texts[$0][texts[$0].count - 1] }, of: active, in: workspace)
                for (row, sequence) in active.enumerated() {
                    texts[sequence].append(logits[row..<row + 1].placeOfGreatest)
                }
            }
            active.removeAll { ends.contains(texts[$0][texts[$0].count - 1]) }
        }
        return texts
    }
}

/// Memory for the keys and values of one sequence in every layer.
final class TokenCache {
    /// The tokens that it holds.
    var tokens: [Int]
    let capacity: Int
    private let memory: Tensor
    private let heads: HeadGrouping

    init(_ tokens: [Int], layers: Int, capacity: Int, heads: HeadGrouping) {
        self.tokens = tokens
        self.heads = heads
        self.capacity = Self.rounded(capacity)
        memory = Tensor(Shape(layers, 2 * heads.keyHeads * heads.headWidth, self.capacity))
    }

    /// A layer's part.
    func layer(_ index: Int) -> CachedTokens {
        CachedTokens(
            memory.base + index * memory.shape[1] * capacity, keyHeads: heads.keyHeads,
            headWidth: heads.headWidth, capacity: capacity)
    }

    /// Room in whole lanes; an odd number of them, so that the columns of a token's keys do not share cache lines' sets.
    private static func rounded(_ capacity: Int) -> Int { ((capacity + 15) / 16 | 1) * 16 }

    /// Throws `missingResource` where the caches of so many sequences do not fit into the machine's memory.
    static func check(
        sequences: Int, layers: Int, capacity: Int, heads: HeadGrouping, available: UInt64
    ) throws(Failure) {
        let bytes =
            Double(sequences) * Double(layers) * 8 * Double(heads.keyHeads * heads.headWidth)
            * Double(capacity + 32)
        guard bytes > Double(available) else { return }
        throw Failure(
            .missingResource,
            "the keys and values of \(sequences) sequences of \(capacity) tokens take \(Int(bytes / 0x1p20)) MiB, more than the machine has",
            hint: "Decode fewer sequences at a time, or ask for fewer tokens.")
    }
}

extension Tensor {
    /// Where the first of the greatest values stands.
    var placeOfGreatest: Int {
        var best = 0
        for index in 1..<max(count, 1) where base[index] > base[best] { best = index }
        return best
    }
}

extension Failure {
    /// The failure of a network whose activations are not finite, first in `layer`.
    static func notFinite(_ layer: String, of model: String) -> Failure {
        Failure(
            .badInput, "\(model): the activations of layer '\(layer)' are NaN or infinite",
            hint: "The weights are damaged or need a wider range of numbers; use another checkpoint.")
    }
}
