/// Figment's own random numbers: Philox4x32-10 under a seed, in 2⁶⁴ independent streams.
///
/// Block n of stream s is the block of the counter (n, s), each 64 bits with the low word first, under the key
/// (low word of the seed, high word). Every number follows from these words by exact integer arithmetic or by
/// double arithmetic of our own, never by the machine's mathematics library.
public struct PhiloxNoise: NoiseSource, Sendable {
    private let key: SIMD2<UInt32>
    private let stream: SIMD2<UInt32>
    private var nextBlock: UInt64 = 0
    private var block = SIMD4<UInt32>()
    private var unread = 0

    /// Begins a stream of a seed; different streams of one seed have nothing in common.
    public init(seed: UInt64, stream: UInt64 = 0) {
        key = Self.words(seed)
        self.stream = Self.words(stream)
    }

    /// Fills the buffer with standard-normal numbers, four from each block.
    ///
    /// The transform of Box and Muller (1958): of the words a, b of a block the first two numbers are
    /// √(−2 ln u)·cos 2πv and √(−2 ln u)·sin 2πv with u = (a + ½)/2³² and v = b/2³², rounded to float; c, d give the
    /// other two. It begins with a fresh block, and drops what the last one has too much.
    public mutating func fillNormal(_ buffer: UnsafeMutableBufferPointer<Float>) {
        unread = 0
        for start in stride(from: 0, to: buffer.count, by: 4) {
            let words = takeBlock()
            let first = Self.normalPair(words[0], words[1])
            let second = Self.normalPair(words[2], words[3])
            let four = SIMD4(first.x, first.y, second.x, second.y)
            for lane in 0..<min(4, buffer.count - start) { buffer[start + lane] = four[lane] }
        }
    }

    /// The next real number, equally distributed over the multiples of 2⁻⁵³ in 0..<1.
    public mutating func uniform() -> Double { Double(nextWords() >> 11) * 0x1p-53 }

    /// The next integer in 0..<bound, every one equally likely (Lemire 2019, rejection without division).
    ///
    /// - Parameter bound: at least 1.
    public mutating func integer(below bound: Int) -> Int {
        precondition(bound > 0, "no integer lies in 0..<\(bound)")
        let width = UInt64(bound)
        var product = nextWords().multipliedFullWidth(by: width)
        if product.low < width {
            let surplus = (0 &- width) % width
            while product.low < surplus { product = nextWords().multipliedFullWidth(by: width) }
        }
        return Int(product.high)
    }

    /// Puts the elements in an order drawn from all orders alike (Fisher and Yates).
    public mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, integer(below: last + 1))
        }
    }

    private mutating func nextWords() -> UInt64 {
        if unread == 0 {
            block = takeBlock()
            unread = 4
        }
        unread -= 2
        let first = unread == 2 ? 0 : 2
        return UInt64(block[first]) | UInt64(block[first + 1]) << 32
    }

    private mutating func takeBlock() -> SIMD4<UInt32> {
        let counter = SIMD4(lowHalf: Self.words(nextBlock), highHalf: stream)
        nextBlock &+= 1
        return Philox4x32.block(counter: counter, key: key)
    }

    @inline(__always)
    private static func normalPair(_ a: UInt32, _ b: UInt32) -> (x: Float, y: Float) {
        let radius = (-2 * naturalLogarithm((Double(a) + 0.5) * 0x1p-32)).squareRoot()
        let (cosine, sine) = cosineAndSine(turns: Double(b) * 0x1p-32)
        return (Float(radius * cosine), Float(radius * sine))
    }

    private static func words(_ value: UInt64) -> SIMD2<UInt32> {
        [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
    }
}
