/// Adds the gradients of grouped attention for dout[B, T, N·D], and to dbias[N, T, S] where it is asked for.
///
/// As for plain attention. The heads of a group follow each other, since they add to the same keys; and where a bias
/// is learnt the sequences do, since all add to it.
public func attendBack(
    queries q: Floats, keys k: Floats, values v: Floats, bias: Floats?, gradient dout: Floats,
    into gradients: AttentionGradients, dbias: MutableFloats?, batch: Int, shape: GroupedAttention
) {
    let (keys, tiles) = (shape.keys, shape.tiles)
    let perGroup = shape.heads / shape.keyHeads
    let work = 5 * batch * shape.heads * shape.queries * keys * (shape.headWidth + valueWork)
    let lanes = dbias == nil ? batch * shape.keyHeads : shape.keyHeads
    parallelFor(lanes, work: work) { range in
        withScratch(2 * tiles.size * keys) { weights in
            for lane in range {
                let group = lane % shape.keyHeads
                for sequence in dbias == nil ? lane / shape.keyHeads..<lane / shape.keyHeads + 1 : 0..<batch {
                    for head in group * perGroup..<(group + 1) * perGroup {
                        for tile in 0..<tiles.count {
                            attendBack(
                                q, k, v, bias: bias, dout, into: gradients, dbias: dbias, sequence: sequence,
                                head: head, queries: tiles[tile], shape: shape, weights: weights,
                                slopes: weights + tiles.size * keys)
                        }
                    }
                }
            }
        }
    }
}

/// The same for a tile of one head's queries; `weights` and `slopes` have room for [tile, S].
private func attendBack(
    _ q: Floats, _ k: Floats, _ v: Floats, bias: Floats?, _ dout: Floats, into gradients: AttentionGradients,
    dbias: MutableFloats?, sequence: Int, head: Int, queries tile: Range<Int>, shape: GroupedAttention,
    weights: MutableFloats, slopes: MutableFloats
) {
    let (keys, width) = (shape.keys, shape.headWidth)
    let keyPlace = sequence * keys * shape.keyStride + shape.keyColumn(of: head)
    let row = sequence * shape.queries + tile.lowerBound
    let queryPlace = row * shape.queryStride + head * width
    let outPlace = MatrixOperand(dout + row * shape.outputStride + head * width, stride: shape.outputStride)
    weigh(
        q, k, bias: bias, sequence: sequence, head: head, queries: tile, shape: shape, into: weights)
    if let values = gradients.values {
        multiply(
            MatrixOperand(weights, stride: keys, transposed: true), outPlace, into: values + keyPlace,
            stride: shape.keyStride, rows: keys, columns: width, depth: tile.count, adds: true)
    }
    multiply(
        outPlace, MatrixOperand(v + keyPlace, stride: shape.keyStride, transposed: true), into: slopes,
        stride: keys, rows: tile.count, columns: keys, depth: width)
    for place in 0..<tile.count {
        softmaxRowBack(weights + place * keys, slopes + place * keys, count: keys)
    }
    if let dbias {
        let target = dbias + (head * shape.queries + tile.lowerBound) * keys
        for place in 0..<tile.count * keys { target[place] += slopes[place] }
    }
    if let queries = gradients.queries {
        multiply(
            MatrixOperand(slopes, stride: keys), MatrixOperand(k + keyPlace, stride: shape.keyStride),
            into: queries + queryPlace, stride: shape.queryStride, rows: tile.count, columns: width,
            depth: keys, scale: shape.scale, adds: true)
    }
    if let into = gradients.keys {
        multiply(
            MatrixOperand(slopes, stride: keys, transposed: true),
            MatrixOperand(q + queryPlace, stride: shape.queryStride), into: into + keyPlace,
            stride: shape.keyStride, rows: keys, columns: width, depth: tile.count, scale: shape.scale,
            adds: true)
    }
}
