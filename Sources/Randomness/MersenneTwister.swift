/// The generator MT19937 (Matsumoto and Nishimura 1998) with the initialization of 2002.
struct MersenneTwister: Sendable {
    private var state: [UInt32]
    private var position = 624

    /// Seeds the generator with the low 32 bits, as PyTorch does.
    init(seed: UInt64) {
        state = [UInt32(truncatingIfNeeded: seed)]
        state.reserveCapacity(624)
        for index in 1..<624 {
            let last = state[index - 1]
            state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index))
        }
    }

    /// The next 32 random bits.
    mutating func next() -> UInt32 {
        if position == 624 { renew() }
        var word = state[position]
        position += 1
        word ^= word >> 11
        word ^= (word << 7) & 0x9D2C_5680
        word ^= (word << 15) & 0xEFC6_0000
        return word ^ (word >> 18)
    }

    private mutating func renew() {
        for index in 0..<624 {
            let joined = (state[index] & 0x8000_0000) | (state[(index + 1) % 624] & 0x7FFF_FFFF)
            let twist: UInt32 = joined & 1 == 0 ? 0 : 0x9908_B0DF
            state[index] = state[(index + 397) % 624] ^ (joined >> 1) ^ twist
        }
        position = 0
    }
}
