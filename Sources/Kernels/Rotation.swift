/// Turns the heads of tokens by their angles: out[R, W] of x[R, W], of whose columns the first N·D are N heads.
///
/// Columns d and d + D/2 of a head make a plane that is turned by the angle whose cosine and sine stand in column d of
/// `cosines` and `sines` [R, D/2]; `direction` -1 turns back. The other columns are copied. `out` may be `x`.
/// Su et al., "RoFormer: enhanced transformer with rotary position embedding" (2021), equation 34.
public func rotateHeads(
    _ x: Floats, cosines: Floats, sines: Floats, direction: Float = 1, into out: MutableFloats, rows: Int,
    width: Int, heads: Int, headWidth: Int
) {
    let half = headWidth / 2
    parallelFor(rows, chunk: 64, work: rows * width * valueWork) { range in
        for row in range {
            let (cosine, sine) = (cosines + row * half, sines + row * half)
            for head in 0..<heads {
                let (source, target) = (
                    x + row * width + head * headWidth, out + row * width + head * headWidth
                )
                for column in 0..<half {
                    let (a, b) = (source[column], source[half + column])
                    let (c, s) = (cosine[column], sine[column] * direction)
                    target[column] = a * c - b * s
                    target[half + column] = b * c + a * s
                }
            }
            let rest = row * width + heads * headWidth
            if Floats(out) != x { (out + rest).update(from: x + rest, count: width - heads * headWidth) }
        }
    }
}
