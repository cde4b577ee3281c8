/// Noise on the integer lattice, from a hash: no state, no floating point.
struct LatticeNoise {
    let seed: UInt64

    /// White noise in 0...255 at a point of a layer.
    func white(_ x: Int, _ y: Int, layer: UInt64 = 0) -> Int {
        let point = UInt64(truncatingIfNeeded: x &* 73_856_093) ^ UInt64(truncatingIfNeeded: y &* 19_349_663)
        return Int(SceneRandom.scrambled(point ^ seed &+ layer &* 0x632B_E59B_D9B4_E019) >> 56)
    }

    /// White noise at every `width` by `height` pixels, linear in between: 0...255.
    func smooth(_ x: Int, _ y: Int, width: Int, height: Int, layer: UInt64 = 0) -> Int {
        let column = x / width
        let row = y / height
        let right = x % width
        let down = y % height
        let top =
            white(column, row, layer: layer) * (width - right) + white(column + 1, row, layer: layer) * right
        let bottom =
            white(column, row + 1, layer: layer) * (width - right)
            + white(column + 1, row + 1, layer: layer) * right
        return (top * (height - down) + bottom * down) / (width * height)
    }
}
