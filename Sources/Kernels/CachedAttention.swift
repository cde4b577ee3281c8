/// Keys and values of one sequence's tokens as attention reads them step by step.
public struct CachedTokens {
    let keys, values: MutableFloats
    let keyHeads, headWidth, capacity: Int

    /// Describes memory for `capacity` tokens, a multiple of 16, of M heads of width D: keys [M·D, capacity], values
    /// [M, capacity, D] after them, so that what a head reads of either lies close together.
    public init(_ base: MutableFloats, keyHeads: Int, headWidth: Int, capacity: Int) {
        precondition(capacity % 16 == 0, "room for \(capacity) tokens")
        keys = base
        values = base + keyHeads * headWidth * capacity
        self.keyHeads = keyHeads
        self.headWidth = headWidth
        self.capacity = capacity
    }

    /// Writes the keys and values of T tokens, M·D of each a row of `k` and `v`, from a place on.
    public func write(keys k: Floats, values v: Floats, stride: Int, count: Int, at place: Int) {
        precondition(place + count <= capacity, "token \(place + count) of \(capacity)")
        let width = keyHeads * headWidth
        for token in 0..<count {
            for column in 0..<width { keys[column * capacity + place + token] = k[token * stride + column] }
            for head in 0..<keyHeads {
                (values + (head * capacity + place + token) * headWidth).update(
                    from: v + token * stride + head * headWidth, count: headWidth)
            }
        }
    }
}

/// Attention of one new token of each sequence to its cached tokens: out[B, N·D] = softmax(scale·q·kᵀ + bias)·v.
///
/// q has B rows `queryStride` apart. `seen` are the tokens that a sequence's query sees; `bias` gives for a sequence
/// [N, capacity]. What a sequence gets does not depend on the others.
public func attend(
    queries q: Floats, queryStride: Int, to cached: [CachedTokens], seen: [Range<Int>], scale: Float,
    heads: Int, bias: (_ sequence: Int) -> Floats? = { _ in nil }, into out: MutableFloats
) {
    guard let first = cached.first else { return }
    let (width, groups) = (first.headWidth, first.keyHeads)
    let perGroup = heads / groups
    let total = seen.reduce(0) { $0 + $1.count }
    parallelFor(cached.count, work: 2 * total * heads * (width + valueWork / 2)) { range in
        for sequence in range {
            let (tokens, seen) = (cached[sequence], seen[sequence])
            // Scores are made for whole lanes of sixteen; those of keys that are not seen are not read.
            let last = (seen.upperBound + 15) & ~15
            withScratch(perGroup * last) { scores in
                for group in 0..<groups {
                    let query = q + sequence * queryStride + group * perGroup * width
                    scores.update(repeating: 0, count: perGroup * last)
                    addRowProduct(
                        query, stride: width, weight: tokens.keys + group * width * tokens.capacity,
                        weightStride: tokens.capacity, into: scores, outStride: last, rows: perGroup,
                        inputs: width, outputs: last)
                    for row in 0..<perGroup {
                        let line = scores + row * last
                        let head = group * perGroup + row
                        if let offsets = bias(sequence).map({ $0 + head * tokens.capacity }) {
                            for key in seen { line[key] = line[key] * scale + offsets[key] }
                        } else {
                            for key in seen { line[key] *= scale }
                        }
                        softmaxRow(
                            line + seen.lowerBound, into: line + seen.lowerBound, count: seen.count)
                    }
                    let place = out + (sequence * heads + group * perGroup) * width
                    place.update(repeating: 0, count: perGroup * width)
                    addRowProduct(
                        scores + seen.lowerBound, stride: last,
                        weight: tokens.values + (group * tokens.capacity + seen.lowerBound) * width,
                        weightStride: width, into: place, outStride: width, rows: perGroup,
                        inputs: seen.count, outputs: width)
                }
            }
        }
    }
}
