/// The float whose upper half `bits` is (bfloat16).
@inline(__always)
func widenBFloat16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

/// The float that is equal to an IEEE 754 binary16 number; branch-free, so that loops over it vectorize.
@inline(__always)
func widenFloat16(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    // Exponent and fraction in the float's places, then the exponents' difference of bias by an exact product,
    // which also makes subnormals normal.
    let magnitude = Float(bitPattern: UInt32(bits & 0x7FFF) << 13) * 0x1p112
    let special: UInt32 = bits & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
    return Float(bitPattern: magnitude.bitPattern | special | sign)
}
