/// The sizes of an attention whose queries' heads share heads of keys, and which keys a query sees.
///
/// Ainslie et al., "GQA: training generalized multi-query transformer models from multi-head checkpoints" (2023):
/// N heads of queries in M equal groups, each with one head of keys and values.
public struct GroupedAttention: Hashable, Sendable {
    /// Queries T and keys S of each sequence.
    public var queries, keys: Int
    /// Heads N of the queries, heads M of keys and values, and their width D.
    public var heads, keyHeads, headWidth: Int
    /// What scores are multiplied by.
    public var scale: Float
    /// Floats between the beginnings of two tokens, in queries and in keys and values.
    public var queryStride, keyStride: Int
    /// Whether query t sees only the keys up to t.
    public var isCausal: Bool
    /// How many keys, its own among them, a causal query sees at most.
    public var window: Int?
    /// The keys that each sequence has, where they are not all.
    public var visible: [Range<Int>]?

    /// Describes an attention.
    public init(
        queries: Int, keys: Int, heads: Int, keyHeads: Int, headWidth: Int, scale: Float, queryStride: Int,
        keyStride: Int, isCausal: Bool = false, window: Int? = nil, visible: [Range<Int>]? = nil
    ) {
        precondition(heads % keyHeads == 0, "\(heads) heads in \(keyHeads) groups")
        precondition(!isCausal || keys == queries, "a causal mask needs as many keys as queries")
        self.queries = queries
        self.keys = keys
        self.heads = heads
        self.keyHeads = keyHeads
        self.headWidth = headWidth
        self.scale = scale
        self.queryStride = queryStride
        self.keyStride = keyStride
        self.isCausal = isCausal
        self.window = window
        self.visible = visible
    }

    var outputStride: Int { heads * headWidth }

    /// Tiles of queries whose scores fit into the second-level cache.
    var tiles: Tiling { Tiling(queries, target: min(max((1 << 17) / max(keys, 1), 16), 256)) }

    /// The keys that a query of a sequence sees.
    func keysSeen(by query: Int, of sequence: Int) -> Range<Int> {
        let all = visible?[sequence] ?? 0..<keys
        guard isCausal else { return all }
        let first = max(all.lowerBound, window.map { query + 1 - $0 } ?? 0)
        let last = min(all.upperBound, query + 1)
        return min(first, last)..<last
    }

    /// Columns of a key's row where the head begins that a query's head reads.
    func keyColumn(of head: Int) -> Int { head / (heads / keyHeads) * headWidth }
}

/// Grouped attention: out[B, T, N·D] = softmax(scale·q·kᵀ + bias)·v for every head; zeros where no key is seen.
///
/// q has rows of N heads, k and v rows of M heads; `bias` [N, T, S] is the same for all sequences.
public func attend(
    queries q: Floats, keys k: Floats, values v: Floats, bias: Floats? = nil, into out: MutableFloats,
    batch: Int, shape: GroupedAttention
) {
    let (width, keys, tiles) = (shape.headWidth, shape.keys, shape.tiles)
    let perSequence = shape.heads * tiles.count
    let work = 2 * batch * shape.heads * shape.queries * keys * (width + valueWork)
    parallelFor(batch * perSequence, work: work) { range in
        withScratch(tiles.size * keys) { weights in
            for index in range {
                let (sequence, head) = (index / perSequence, index % perSequence / tiles.count)
                let tile = tiles[index % tiles.count]
                weigh(
                    q, k, bias: bias, sequence: sequence, head: head, queries: tile, shape: shape,
                    into: weights)
                multiply(
                    MatrixOperand(weights, stride: keys),
                    MatrixOperand(
                        v + sequence * keys * shape.keyStride + shape.keyColumn(of: head),
                        stride: shape.keyStride),
                    into: out + (sequence * shape.queries + tile.lowerBound) * shape.outputStride
                        + head * width,
                    stride: shape.outputStride, rows: tile.count, columns: width, depth: keys)
            }
        }
    }
}

/// How a tile of a head's queries weighs the keys: out[tile, S], zero for keys that a query does not see.
func weigh(
    _ q: Floats, _ k: Floats, bias: Floats?, sequence: Int, head: Int, queries tile: Range<Int>,
    shape: GroupedAttention, into out: MutableFloats
) {
    let (keys, width) = (shape.keys, shape.headWidth)
    let query = q + (sequence * shape.queries + tile.lowerBound) * shape.queryStride + head * width
    let key = k + sequence * keys * shape.keyStride + shape.keyColumn(of: head)
    multiply(
        MatrixOperand(query, stride: shape.queryStride),
        MatrixOperand(key, stride: shape.keyStride, transposed: true), into: out, stride: keys,
        rows: tile.count, columns: keys, depth: width, scale: shape.scale)
    for (row, query) in tile.enumerated() {
        let line = out + row * keys
        let seen = shape.keysSeen(by: query, of: sequence)
        if let bias {
            let offsets = bias + (head * shape.queries + query) * keys
            for key in seen { line[key] += offsets[key] }
        }
        softmaxRow(line + seen.lowerBound, into: line + seen.lowerBound, count: seen.count)
        line.update(repeating: 0, count: seen.lowerBound)
        (line + seen.upperBound).update(repeating: 0, count: keys - seen.upperBound)
    }
}
