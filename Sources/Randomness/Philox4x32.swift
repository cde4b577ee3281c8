/// The counter-based generator Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
///
/// It keeps no state: each pair of a counter and a key has its block of four words, in whatever order they are
/// asked for.
public enum Philox4x32 {
    /// The four random words that belong to a counter under a key.
    public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3])
        var (k0, k1) = (key[0], key[1])
        for _ in 0..<10 {
            let left = UInt64(c0) &* 0xD251_1F53
            let right = UInt64(c2) &* 0xCD9E_8D57
            c0 = UInt32(truncatingIfNeeded: right >> 32) ^ c1 ^ k0
            c1 = UInt32(truncatingIfNeeded: right)
            c2 = UInt32(truncatingIfNeeded: left >> 32) ^ c3 ^ k1
            c3 = UInt32(truncatingIfNeeded: left)
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return SIMD4(c0, c1, c2, c3)
    }
}
