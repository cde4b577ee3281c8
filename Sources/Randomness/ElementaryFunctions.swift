// Logarithm and circular functions by their series, in plain double arithmetic: IEEE 754 fixes every operation, so
// the results are the same on every machine, which a mathematics library does not promise.

/// The natural logarithm of a positive normal number, to about one unit in the last place.
///
/// x = 2ᵉ·m with m between √½ and √2; ln m = 2 artanh s = 2(s + s³/3 + s⁵/5 + …) with s = (m − 1)/(m + 1).
@inline(__always)
func naturalLogarithm(_ x: Double) -> Double {
    let halfRoot = 0.5.squareRoot().bitPattern
    let exponent = Int64(bitPattern: x.bitPattern &- halfRoot) >> 52
    let m = Double(bitPattern: x.bitPattern &- UInt64(bitPattern: exponent << 52))
    let s = (m - 1) / (m + 1)
    let z = s * s
    var series = 1.0 / 23
    series = series * z + 1.0 / 21
    series = series * z + 1.0 / 19
    series = series * z + 1.0 / 17
    series = series * z + 1.0 / 15
    series = series * z + 1.0 / 13
    series = series * z + 1.0 / 11
    series = series * z + 1.0 / 9
    series = series * z + 1.0 / 7
    series = series * z + 1.0 / 5
    series = series * z + 1.0 / 3
    return Double(exponent) * 0.693_147_180_559_945_3 + (2 * s + 2 * s * (z * series))
}

/// The cosine and the sine of an angle of 0..<1 turns, each to about one unit in the last place of 1.
///
/// The angle is reduced, exactly, to at most an eighth of a turn from the nearest quarter; there both have Taylor's
/// series.
@inline(__always)
func cosineAndSine(turns: Double) -> (cosine: Double, sine: Double) {
    let quarter = Int64(turns * 4 + 0.5)
    let x = (turns - Double(quarter) * 0.25) * (2 * Double.pi)
    let z = x * x
    var cosine = 1.0 / 6_402_373_705_728_000
    cosine = 1.0 / 20_922_789_888_000 - z * cosine
    cosine = 1.0 / 87_178_291_200 - z * cosine
    cosine = 1.0 / 479_001_600 - z * cosine
    cosine = 1.0 / 3_628_800 - z * cosine
    cosine = 1.0 / 40_320 - z * cosine
    cosine = 1.0 / 720 - z * cosine
    cosine = 1.0 / 24 - z * cosine
    cosine = 1 - (0.5 * z - z * z * cosine)
    var sine = 1.0 / 355_687_428_096_000
    sine = 1.0 / 1_307_674_368_000 - z * sine
    sine = 1.0 / 6_227_020_800 - z * sine
    sine = 1.0 / 39_916_800 - z * sine
    sine = 1.0 / 362_880 - z * sine
    sine = 1.0 / 5_040 - z * sine
    sine = 1.0 / 120 - z * sine
    sine = 1.0 / 6 - z * sine
    sine = x - x * z * sine
    switch quarter & 3 {
    case 0: return (cosine, sine)
    case 1: return (-sine, cosine)
    case 2: return (-cosine, -sine)
    default: return (sine, -cosine)
    }
}
