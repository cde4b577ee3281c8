/// eˣ within 2 units in the last place, without branch or call so that loops over it vectorize.
///
/// Arguments are limited to [-87, 88]. x = n·ln 2 + r with |r| ≤ ln 2 / 2; eʳ is its Taylor polynomial of degree 7,
/// whose remainder is below 6·10⁻⁹; n is read off the mantissa after a number is added that leaves no fraction bits.
@inline(__always)
func exponential(_ x: Float) -> Float {
    let low: Float = x < -87 ? -87 : x
    let limited: Float = low > 88 ? 88 : low
    let shift: Float = 12_582_912  // 1.5·2²³
    let shifted = limited * 1.442_695_04 + shift
    let n = shifted - shift
    // ln 2 in two parts, the first short enough that its products with n are exact.
    let r = (limited - n * 0.693_359_375) + n * 2.121_944_4e-4
    var power: Float = 1 / 5040
    power = power * r + 1 / 720
    power = power * r + 1 / 120
    power = power * r + 1 / 24
    power = power * r + 1 / 6
    power = power * r + 0.5
    power = power * r + 1
    power = power * r + 1
    return power * Float(bitPattern: (shifted.bitPattern &<< 23) &+ 0x3F80_0000)
}
