/// PyTorch's CPU generator: what `torch.randn` gives, float32, on x86-64 with AVX2, bit for bit.
///
/// Each `fillNormal` is one call of `torch.randn(…, generator=generator)` for a contiguous tensor of that many
/// elements. Calls cannot be split or joined: PyTorch computes 16 numbers and more by another way than fewer, and
/// draws the last 16 anew where the count is no multiple of 16 (`ATen/native/cpu/DistributionTemplates.h`).
/// Where PyTorch runs without AVX2 it uses the machine's mathematics library, and some last bits differ.
public struct TorchNoise: NoiseSource, Sendable {
    private var twister: MersenneTwister
    private var secondNormal: Double?

    /// Seeds as `torch.Generator().manual_seed(seed)` does; of the seed only the low 32 bits count.
    public init(seed: UInt64) { twister = MersenneTwister(seed: seed) }

    /// Fills the buffer with what the generator's next `torch.randn` of that many elements holds.
    public mutating func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>) {
        guard buffer.count >= 16 else {
            for index in buffer.indices { buffer[index] = Float(nextNormal()) }
            return
        }
        for index in buffer.indices { buffer[index] = uniform() }
        let whole = buffer.count - buffer.count % 16
        for start in stride(from: 0, to: whole, by: 16) { Self.transformSixteen(buffer, from: start) }
        if whole < buffer.count {
            let start = buffer.count - 16
            for index in start..<buffer.count { buffer[index] = uniform() }
            Self.transformSixteen(buffer, from: start)
        }
    }

    /// A multiple of 2⁻²⁴ in 0..<1.
    private mutating func uniform() -> Float { Float(twister.next() & 0xFF_FFFF) * 0x1p-24 }

    /// A multiple of 2⁻⁵³ in 0..<1, of two words, the high one first.
    private mutating func uniformDouble() -> Double {
        let high = UInt64(twister.next())
        return Double((high << 32 | UInt64(twister.next())) & 0x1F_FFFF_FFFF_FFFF) * 0x1p-53
    }

    /// Box and Muller's transform in double; the second number of a pair waits for the next call.
    private mutating func nextNormal() -> Double {
        if let second = secondNormal {
            secondNormal = nil
            return second
        }
        let turns = uniformDouble()
        let radius = (-2 * naturalLogarithm(1 - uniformDouble())).squareRoot()
        let (cosine, sine) = cosineAndSine(turns: turns)
        secondNormal = radius * sine
        return radius * cosine
    }

    // Float.pi is rounded towards zero; this is rounded to nearest.
    private static let twoPi = Float(2 * Double.pi)

    /// Box and Muller's transform in float of 16 uniform numbers: the first 8 give radii, the others angles.
    private static func transformSixteen(_ buffer: UnsafeMutableBufferPointer<Float>, from start: Int) {
        for index in start..<start + 8 {
            let radius = (-2 * cephesLogarithm(1 - buffer[index])).squareRoot()
            let (cosine, sine) = cephesCosineAndSine(twoPi * buffer[index + 8])
            // Adding the mean, 0, leaves no negative zero.
            buffer[index] = radius * cosine + 0
            buffer[index + 8] = radius * sine + 0
        }
    }
}
