// The float functions of Moshier's Cephes library (logf, sinf, cosf), rounded as PyTorch's vector code rounds them:
// its compiler fuses each product with the sum that takes it, which changes last bits, so the fused operations are
// spelt out here. `addingProduct` rounds once.

/// The natural logarithm of a number in 0..<=1 that is not subnormal.
func cephesLogarithm(_ number: Float) -> Float {
    var exponent = Float(Int32(number.bitPattern >> 23) - 126)
    let half = Float(bitPattern: number.bitPattern & 0x007F_FFFF | 0x3F00_0000)
    var x = half - 1
    if half < 0.707_106_781_186_547_524 {
        exponent -= 1
        x += half
    }
    let z = x * x
    let polynomial = horner(
        x, 7.037_683_629_2e-2, -1.151_461_031_0e-1, 1.167_699_874_0e-1, -1.242_014_084_6e-1,
        1.424_932_278_7e-1, -1.666_805_766_5e-1, 2.000_071_476_5e-1, -2.499_999_399_3e-1,
        3.333_333_117_4e-1)
    var y = (exponent * -2.121_944_40e-4).addingProduct(polynomial * x, z)
    y = y.addingProduct(-0.5, z)
    return (x + y).addingProduct(exponent, 0.693_359_375)
}

/// The cosine and the sine of an angle of at least 0, in radians.
func cephesCosineAndSine(_ angle: Float) -> (cosine: Float, sine: Float) {
    let octant = (Int32(angle * 1.273_239_544_735_16) + 1) & ~1
    let count = Float(octant)
    var x = angle.addingProduct(count, -0.785_156_25)
    x = x.addingProduct(count, -2.418_756_484_985_351_562_5e-4)
    x = x.addingProduct(count, -3.774_894_977_445_941_08e-8)
    let z = x * x
    let even = horner(z, 2.443_315_711_809_948e-5, -1.388_731_625_493_765e-3, 4.166_664_568_298_827e-2)
    let odd = horner(z, -1.951_529_589_1e-4, 8.332_160_873_6e-3, -1.666_665_461_1e-1)
    let nearOne = (-(z * 0.5)).addingProduct(even * z, z) + 1
    let nearZero = x.addingProduct(odd * z, x)
    let (cosine, sine) = octant & 2 == 0 ? (nearOne, nearZero) : (nearZero, nearOne)
    return ((octant + 2) & 4 == 0 ? cosine : -cosine, octant & 4 == 0 ? sine : -sine)
}

/// The polynomial in `x` with these coefficients, the highest power's first, fused at every step.
@inline(__always)
private func horner(_ x: Float, _ coefficients: Float...) -> Float {
    coefficients.dropFirst().reduce(coefficients[0]) { $1.addingProduct($0, x) }
}
