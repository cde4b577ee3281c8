/// Numbers that look random and follow from a seed, a kind and the number of a case: SplitMix64 (Steele, Lea and Flood,
/// 2014).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int, kind: String, number: Int) {
        state = kind.utf8.reduce(UInt64(truncatingIfNeeded: seed)) { Self.mixed($0 ^ UInt64($1)) }
        state = Self.mixed(state ^ Self.mixed(UInt64(truncatingIfNeeded: number)))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below a limit, which is above 0.
    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    /// True once in so many times.
    mutating func once(in times: Int) -> Bool { below(times) == 0 }

    /// One of some things, of which there is one at least.
    mutating func pick<Element>(_ things: [Element]) -> Element { things[below(things.count)] }

    /// A small number more often than a large one: from 1 up to a limit.
    mutating func few(upTo limit: Int) -> Int {
        var count = 1
        while count < limit, !once(in: 2) { count += 1 }
        return count
    }
}
