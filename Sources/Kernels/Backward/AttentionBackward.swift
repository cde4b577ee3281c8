/// Where the gradients of an attention go, with the strides of the inputs; nil where one is not asked for.
public struct AttentionGradients {
    let queries, keys, values: MutableFloats?

    /// Names the three places.
    public init(queries: MutableFloats?, keys: MutableFloats?, values: MutableFloats?) {
        self.queries = queries
        self.keys = keys
        self.values = values
    }
}

/// Adds the gradients of `attend` for dout[B, T, N·D].
///
/// With P = softmax(q·kᵀ / √D): dv = Pᵀ·dout, dP = dout·vᵀ, dS = P ∘ (dP − Σ dP ∘ P), dq = dS·k / √D, dk = dSᵀ·q / √D.
/// P is made again, a tile of queries at a time; a head's tiles follow each other, since all add to its keys.
public func attendBack(
    queries q: Floats, keys k: Floats, values v: Floats, gradient dout: Floats,
    into gradients: AttentionGradients,
    batch: Int, shape: AttentionShape
) {
    let (width, keys) = (shape.headWidth, shape.keys)
    let tiles = Tiling(shape.queries, target: min(max((1 << 17) / max(keys, 1), 16), 256))
    let scale = 1 / Float(width).squareRoot()
    let work = 5 * batch * shape.heads * shape.queries * keys * (width + valueWork)
    parallelFor(batch * shape.heads, work: work) { range in
        withScratch(2 * tiles.size * keys) { weights in
            let slopes = weights + tiles.size * keys
            for index in range {
                let (image, head) = (index / shape.heads, index % shape.heads)
                let keyPlace = image * keys * shape.keyStride + head * width
                for tileIndex in 0..<tiles.count {
                    let tile = tiles[tileIndex]
                    let row = image * shape.queries + tile.lowerBound
                    let queryPlace = row * shape.queryStride + head * width
                    let query = MatrixOperand(q + queryPlace, stride: shape.queryStride)
                    let outPlace = dout + row * shape.outputStride + head * width
                    weigh(
                        query, MatrixOperand(k + keyPlace, stride: shape.keyStride, transposed: true),
                        queries: tile, shape: shape, scale: scale, into: weights)
                    if let values = gradients.values {
                        multiply(
                            MatrixOperand(weights, stride: keys, transposed: true),
                            MatrixOperand(outPlace, stride: shape.outputStride), into: values + keyPlace,
                            stride: shape.keyStride, rows: keys, columns: width, depth: tile.count, adds: true
                        )
                    }
                    multiply(
                        MatrixOperand(outPlace, stride: shape.outputStride),
                        MatrixOperand(v + keyPlace, stride: shape.keyStride, transposed: true), into: slopes,
                        stride: keys, rows: tile.count, columns: keys, depth: width)
                    for place in 0..<tile.count {
                        softmaxRowBack(weights + place * keys, slopes + place * keys, count: keys)
                    }
                    if let queries = gradients.queries {
                        multiply(
                            MatrixOperand(slopes, stride: keys),
                            MatrixOperand(k + keyPlace, stride: shape.keyStride), into: queries + queryPlace,
                            stride: shape.queryStride, rows: tile.count, columns: width, depth: keys,
                            scale: scale, adds: true)
                    }
                    if let into = gradients.keys {
                        multiply(
                            MatrixOperand(slopes, stride: keys, transposed: true), query,
                            into: into + keyPlace,
                            stride: shape.keyStride, rows: keys, columns: width, depth: tile.count,
                            scale: scale, adds: true)
                    }
                }
            }
        }
    }
}

/// Turns `slopes`, the gradient of a softmax's result `weights`, into that of its input, in place.
func softmaxRowBack(_ weights: Floats, _ slopes: MutableFloats, count: Int) {
    let total = sumOfProducts(weights, slopes, count: count)
    for index in 0..<count { slopes[index] = weights[index] * (slopes[index] - total) }
}
