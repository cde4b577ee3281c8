/// The sizes of an attention: T queries attend to S keys with N heads of width D.
public struct AttentionShape: Hashable, Sendable {
    /// Queries T and keys S of each sequence.
    public let queries, keys: Int
    /// Heads N and their width D.
    public let heads, headWidth: Int
    /// Floats between the beginnings of two tokens, in queries, in keys and values, and in the output.
    public let queryStride, keyStride, outputStride: Int
    /// Whether a query sees only the keys up to its own place.
    public let isCausal: Bool

    /// Describes an attention; the strides are N·D where tokens lie close together.
    public init(
        queries: Int, keys: Int, heads: Int, headWidth: Int, isCausal: Bool = false,
        queryStride: Int? = nil, keyStride: Int? = nil
    ) {
        precondition(!isCausal || keys == queries, "a causal mask needs as many keys as queries")
        self.queries = queries
        self.keys = keys
        self.heads = heads
        self.headWidth = headWidth
        self.isCausal = isCausal
        self.queryStride = queryStride ?? heads * headWidth
        self.keyStride = keyStride ?? heads * headWidth
        outputStride = heads * headWidth
    }
}

/// Scaled dot-product attention: out[B, T, N·D] = softmax(q·kᵀ / √D)·v for every head.
///
/// Vaswani et al., "Attention is all you need" (2017), equation 1.
/// q is [B, T, N·D], k and v are [B, S, N·D], each head a slice of D columns. Scores are made for a tile of queries
/// at a time, so that T × S never stands in memory; tiles are cut by the shape alone.
public func attend(
    queries q: Floats, keys k: Floats, values v: Floats, into out: MutableFloats, batch: Int,
    shape: AttentionShape
) {
    let (width, keys) = (shape.headWidth, shape.keys)
    let tiles = Tiling(shape.queries, target: min(max((1 << 17) / max(keys, 1), 16), 256))
    let scale = 1 / Float(width).squareRoot()
    let perImage = shape.heads * tiles.count
    let work = 2 * batch * shape.heads * shape.queries * keys * (width + valueWork)
    parallelFor(batch * perImage, work: work) { range in
        withScratch(tiles.size * keys) { scores in
            for index in range {
                let (image, head) = (index / perImage, index % perImage / tiles.count)
                let tile = tiles[index % tiles.count]
                let queryRow = image * shape.queries + tile.lowerBound
                let keyPlace = image * keys * shape.keyStride + head * width
                weigh(
                    MatrixOperand(
                        q + queryRow * shape.queryStride + head * width, stride: shape.queryStride),
                    MatrixOperand(k + keyPlace, stride: shape.keyStride, transposed: true), queries: tile,
                    shape: shape, scale: scale, into: scores)
                multiply(
                    MatrixOperand(scores, stride: keys), MatrixOperand(v + keyPlace, stride: shape.keyStride),
                    into: out + queryRow * shape.outputStride + head * width, stride: shape.outputStride,
                    rows: tile.count, columns: width, depth: keys)
            }
        }
    }
}

/// How a tile of queries weighs the keys, softmax(scale·q·kᵀ): out[tile, S], zero for keys that a query does not see.
func weigh(
    _ query: MatrixOperand, _ key: MatrixOperand, queries tile: Range<Int>, shape: AttentionShape,
    scale: Float,
    into out: MutableFloats
) {
    let keys = shape.keys
    multiply(
        query, key, into: out, stride: keys, rows: tile.count, columns: keys, depth: shape.headWidth,
        scale: scale)
    for (row, query) in tile.enumerated() {
        let visible = shape.isCausal ? query + 1 : keys
        let line = out + row * keys
        softmaxRow(line, into: line, count: visible)
        (line + visible).update(repeating: 0, count: keys - visible)
    }
}
