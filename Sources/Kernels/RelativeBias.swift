/// A bias for each head, query and key by their relative place: out[N, P] of table[K, N] and a row of it for each of
/// P pairs.
public func lookUpBias(_ table: Floats, rows: [Int], into out: MutableFloats, heads: Int) {
    for head in 0..<heads {
        let target = out + head * rows.count
        for (place, row) in rows.enumerated() { target[place] = table[row * heads + head] }
    }
}

/// Adds to dtable[K, N] what dy[N, P] says of the table of `lookUpBias`, pairs in order.
public func lookUpBiasBack(_ dy: Floats, rows: [Int], into dtable: MutableFloats, heads: Int) {
    for head in 0..<heads {
        let source = dy + head * rows.count
        for (place, row) in rows.enumerated() { dtable[row * heads + head] += source[place] }
    }
}
