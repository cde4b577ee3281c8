import CVectors

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
/// q is [B, T, N·D], k and v are [B, S, N·D], each head a slice of D columns. Scores of a tile of queries are made for a
/// block of keys at a time, and what was made with earlier blocks is scaled down where a later score is greater (Milakov
/// and Gimelshein, "Online normalizer calculation for softmax", 2018): T × S never stands in memory.
public func attend(
    queries q: Floats, keys k: Floats, values v: Floats, into out: MutableFloats, batch: Int,
    shape: AttentionShape
) {
    let chunks = Tiling(shape.queries, target: 1024)
    let perImage = shape.heads * chunks.count
    let work = 2 * batch * shape.heads * shape.queries * shape.keys * (shape.headWidth + valueWork)
    parallelFor(batch * perImage, work: work) { range in
        for index in range {
            let (image, head) = (index / perImage, index % perImage / chunks.count)
            let keyPlace = image * shape.keys * shape.keyStride + head * shape.headWidth
            attend(
                queries: q + image * shape.queries * shape.queryStride + head * shape.headWidth,
                chunks[index % chunks.count], keys: k + keyPlace, values: v + keyPlace,
                into: out + image * shape.queries * shape.outputStride + head * shape.headWidth, shape)
        }
    }
}

/// The same for some queries of one head of one image.
private func attend(
    queries q: Floats, _ queries: Range<Int>, keys k: Floats, values v: Floats, into out: MutableFloats,
    _ shape: AttentionShape
) {
    let (width, keys) = (shape.headWidth, shape.keys)
    let tiles = Tiling(queries.count, target: 48)
    let blocks = Tiling(keys, target: 512)
    let (keyFloats, valueFloats) = (
        Panels.count(columns: keys) * 16 * width, Panels.count(columns: width) * 16 * keys
    )
    withScratch(keyFloats + valueFloats) { keyPanels in
        let valuePanels = keyPanels + keyFloats
        packColumns(
            k, stride: shape.keyStride, depth: width, columns: keys, into: keyPanels, panelStride: 16 * width)
        packRows(
            v, stride: shape.keyStride, depth: keys, columns: width, into: valuePanels, panelStride: 16 * keys
        )
        withScratch(tiles.size * (blocks.size + width + 2)) { scores in
            let sums = scores + tiles.size * blocks.size
            let (greatest, totals) = (sums + tiles.size * width, sums + tiles.size * (width + 1))
            for index in 0..<tiles.count {
                let tile = tiles[index]
                let first = queries.lowerBound + tile.lowerBound
                for block in 0..<blocks.count {
                    let seen = blocks[block]
                    if shape.isCausal, seen.lowerBound > first + tile.count - 1 { break }
                    multiplyTile(
                        MatrixOperand(q + first * shape.queryStride, stride: shape.queryStride),
                        rows: tile.count,
                        depth: width, by: keyPanels + seen.lowerBound * width, columns: seen.count,
                        into: ProductOutput(base: scores, rowStride: seen.count))
                    for row in 0..<tile.count {
                        let visible =
                            shape.isCausal
                            ? min(max(first + row + 1 - seen.lowerBound, 0), seen.count) : seen.count
                        weigh(
                            scores + row * seen.count, visible: visible, of: seen.count, isFirst: block == 0,
                            scale: 1 / Float(width).squareRoot(), greatest: greatest + row,
                            total: totals + row,
                            sums: sums + row * width, width)
                    }
                    let output = ProductOutput(base: sums, rowStride: width)
                    multiplyTile(
                        MatrixOperand(scores, stride: seen.count), rows: tile.count, depth: seen.count,
                        by: valuePanels + seen.lowerBound * 16, panelStride: 16 * keys, columns: width,
                        into: block == 0 ? output : output.adding)
                }
                for row in 0..<tile.count {
                    let (line, share) = (out + (first + row) * shape.outputStride, 1 / totals[row])
                    for column in 0..<width { line[column] = sums[row * width + column] * share }
                }
            }
        }
    }
}

/// Makes a query's scores of a block of keys the weights e^(scale·score − greatest), and keeps the greatest score and the
/// weights' total; what earlier blocks left of both, and of the weighted values, is scaled down to the new greatest.
private func weigh(
    _ scores: MutableFloats, visible: Int, of count: Int, isFirst: Bool, scale: Float,
    greatest: MutableFloats,
    total: MutableFloats, sums: MutableFloats, _ width: Int
) {
    let ofBlock = visible > 0 ? scale * figment_greatest(widestVectors, scores, visible) : -.infinity
    let now = isFirst || ofBlock > greatest[0] || ofBlock.isNaN ? ofBlock : greatest[0]
    let sum = figment_exponentials(widestVectors, scores, scale, now, scores, visible)
    (scores + visible).update(repeating: 0, count: count - visible)
    if isFirst {
        total[0] = sum
    } else {
        let factor = exponential(greatest[0] - now)
        total[0] = total[0] * factor + sum
        if factor != 1 { for column in 0..<width { sums[column] *= factor } }
    }
    greatest[0] = now
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
