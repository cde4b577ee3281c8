/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers from the same keys on every machine.
struct SceneRandom {
    private var state: UInt64

    /// A stream of its own for every list of keys.
    init(_ keys: UInt64...) {
        state = 0
        for key in keys {
            state = SceneRandom.scrambled(state &+ key &+ 0x9E37_79B9_7F4A_7C15)
        }
    }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return SceneRandom.scrambled(state)
    }

    /// A whole number of the range, each equally likely to within 2⁻⁵⁸.
    mutating func within(_ range: ClosedRange<Int>) -> Int {
        let count = UInt64(range.upperBound - range.lowerBound + 1)
        return range.lowerBound + Int(next().multipliedFullWidth(by: count).high)
    }

    /// True in `percent` of a hundred cases.
    mutating func chance(percent: Int) -> Bool { within(0...99) < percent }

    /// One of the elements, each equally likely; there must be one.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[within(0...elements.count - 1)]
    }

    /// SplitMix64's finalizer, also used as a hash of lattice points.
    static func scrambled(_ bits: UInt64) -> UInt64 {
        var z = bits
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
