/// Numbers that look random and follow from a seed and a place: SplitMix64 (Steele, Lea and Flood, 2014).
struct Chance {
    let seed: Int

    /// 64 bits for the `index`-th thing of a kind.
    func bits(_ kind: UInt64, _ index: Int) -> UInt64 {
        var mixed = UInt64(bitPattern: Int64(seed)) &* 0xA24B_AED4_963E_E407 &+ kind &* 0x9FB2_1C65_1E98_DF25
        mixed = mixed &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// A number from 0 to 1.
    func fraction(_ kind: UInt64, _ index: Int) -> Double { Double(bits(kind, index) >> 11) / 0x1p53 }
}
