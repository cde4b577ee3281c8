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
///
/// Sixteen queries lie side by side, as the columns of both products: keys·queries, and values turned·weights.
private func attend(
    queries q: Floats, _ queries: Range<Int>, keys k: Floats, values v: Floats, into out: MutableFloats,
    _ shape: AttentionShape
) {
    let (width, keys) = (shape.headWidth, shape.keys)
    let scale = 1 / Float(width).squareRoot()
    let tiles = Tiling(queries.count, target: 64)
    let blocks = Tiling(keys, target: 512)
    let columns = (tiles.size + 15) & ~15
    withScratch(2 * keys * width + columns * (2 * width + blocks.size + 2)) { keyRows in
        let turnedValues = keyRows + keys * width
        let panels = turnedValues + keys * width
        let scores = panels + columns * width
        let sums = scores + columns * blocks.size
        let (greatest, totals) = (sums + columns * width, sums + columns * (width + 1))
        for key in 0..<keys { (keyRows + key * width).update(from: k + key * shape.keyStride, count: width) }
        turn(v, stride: shape.keyStride, depth: keys, rows: width, into: turnedValues)
        for index in 0..<tiles.count {
            let tile = tiles[index]
            let first = queries.lowerBound + tile.lowerBound
            let columns = (tile.count + 15) & ~15
            packColumns(
                q + first * shape.queryStride, stride: shape.queryStride, depth: width, columns: tile.count,
                into: panels, panelStride: 16 * width)
            greatest.update(repeating: -.infinity, count: columns)
            totals.update(repeating: 0, count: columns)
            sums.update(repeating: 0, count: columns * width)
            for block in 0..<blocks.count {
                let seen = blocks[block]
                if shape.isCausal, seen.lowerBound > first + tile.count - 1 { break }
                multiplyTile(
                    MatrixOperand(keyRows + seen.lowerBound * width, stride: width), rows: seen.count,
                    depth: width, by: panels, columns: columns,
                    into: ProductOutput(base: scores, rowStride: 16, panelStride: 16 * seen.count))
                if shape.isCausal { hide(scores, of: seen, from: first, columns: columns, by: -.infinity) }
                for panel in 0..<columns / 16 {
                    figment_weigh(
                        widestVectors, scores + panel * 16 * seen.count, seen.count, scale,
                        greatest + panel * 16, totals + panel * 16, sums + panel * 16 * width, width)
                }
                if shape.isCausal { hide(scores, of: seen, from: first, columns: columns, by: 0) }
                let output = ProductOutput(base: sums, rowStride: 16, panelStride: 16 * width)
                multiplyTile(
                    MatrixOperand(turnedValues + seen.lowerBound, stride: keys), rows: width,
                    depth: seen.count, by: scores, columns: columns, into: output.adding)
            }
            for row in 0..<tile.count {
                let (line, share) = (out + (first + row) * shape.outputStride, 1 / totals[row])
                let column = sums + row / 16 * 16 * width + row % 16
                for place in 0..<width { line[place] = column[16 * place] * share }
            }
        }
    }
}

/// Overwrites the scores, in panels [keys, 16], of keys that come after the query, of which the first is at a place.
private func hide(
    _ scores: MutableFloats, of keys: Range<Int>, from first: Int, columns: Int, by value: Float
) {
    for column in 0..<columns {
        let panel = scores + column / 16 * 16 * keys.count + column % 16
        for key in max(keys.lowerBound, min(first + column + 1, keys.upperBound))..<keys.upperBound {
            panel[(key - keys.lowerBound) * 16] = value
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
