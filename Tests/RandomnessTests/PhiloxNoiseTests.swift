import Randomness
import Testing

@Suite struct PhiloxNoiseTests {
    /// The known answers that the authors publish with Random123 (`kat_vectors`, philox4x32 10).
    @Test func givesThePublishedBlocks() {
        #expect(
            Philox4x32.block(counter: [0, 0, 0, 0], key: [0, 0])
                == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
        #expect(
            Philox4x32.block(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
                == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
        #expect(
            Philox4x32.block(
                counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                key: [0xa409_3822, 0x299f_31d0])
                == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
    }

    @Test func givesTheSameNormalsForEver() {
        var noise = PhiloxNoise(seed: 0x0123_4567_89ab_cdef, stream: 3)
        #expect(
            noise.normals(6).map(\.bitPattern) == [
                0xbd59_89bf, 0x3fc4_0c3d, 0x3fdb_c431, 0xbf2f_1e0e, 0xbdab_5075, 0xbeb3_d07c,
            ])
        #expect(noise.normals(1).map(\.bitPattern) == [0xbf7d_df2e])
    }

    @Test func followsFromTheWordsAsDocumented() {
        let seed: UInt64 = 0xfeed_0000_0007
        var noise = PhiloxNoise(seed: seed, stream: 1 << 40)
        let words = Philox4x32.block(counter: [1, 0, 0, 1 << 8], key: [0x0000_0007, 0xfeed])
        let second = Array(noise.normals(8)[4...])
        for pair in 0..<2 {
            let radius = (-2 * logarithm((Double(words[2 * pair]) + 0.5) / 4_294_967_296)).squareRoot()
            let angle = 2 * Double.pi * Double(words[2 * pair + 1]) / 4_294_967_296
            #expect(abs(Double(second[2 * pair]) - radius * cosine(angle)) < 1e-6)
            #expect(abs(Double(second[2 * pair + 1]) - radius * sine(angle)) < 1e-6)
        }
    }

    @Test func isNormal() {
        var noise = PhiloxNoise(seed: 5)
        let count = 1_000_000
        let numbers = noise.normals(count).map(Double.init)
        func moment(_ power: Int) -> Double {
            numbers.reduce(0) { sum, x in sum + (0..<power).reduce(1) { product, _ in product * x } }
                / Double(count)
        }
        // Five standard errors of each moment.
        #expect(abs(moment(1)) < 5 * 0.001)
        #expect(abs(moment(2) - 1) < 5 * 0.0015)
        #expect(abs(moment(3)) < 5 * 0.004)
        #expect(abs(moment(4) - 3) < 5 * 0.01)
        #expect(numbers.count { $0 > 1.959_964 } > 24_200 && numbers.count { $0 > 1.959_964 } < 25_800)
    }

    @Test func streamsAndSeedsDiffer() {
        var first = PhiloxNoise(seed: 1)
        for other in [PhiloxNoise(seed: 2), PhiloxNoise(seed: 1, stream: 1), PhiloxNoise(seed: 1 << 32)] {
            var (a, b) = (first, other)
            #expect(Set(a.normals(100)).isDisjoint(with: b.normals(100)))
        }
        let again = first
        var (a, b) = (first, again)
        #expect(a.normals(33) == b.normals(33))
        #expect(first.normals(1).count == 1)
    }

    @Test func integersAreEquallyLikely() {
        var noise = PhiloxNoise(seed: 9)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<70_000 { counts[noise.integer(below: 7)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
        #expect((0..<100).allSatisfy { _ in noise.integer(below: 1) == 0 })
        // Three quarters of the range: a remainder would make the first half of it twice as likely as the rest.
        let bound = Int.max / 4 * 3
        let low = (0..<10_000).count { _ in noise.integer(below: bound) < bound / 2 }
        #expect(abs(low - 5_000) < 250)
    }

    @Test func realsFillTheUnitInterval() {
        var noise = PhiloxNoise(seed: 11)
        let reals = (0..<100_000).map { _ in noise.uniform() }
        #expect(reals.allSatisfy { (0..<1).contains($0) })
        #expect(abs(reals.reduce(0, +) / 100_000 - 0.5) < 0.005)
    }

    @Test func shufflesToEveryOrderAlike() {
        var noise = PhiloxNoise(seed: 13)
        var counts: [[Int]: Int] = [:]
        for _ in 0..<12_000 {
            var order = [0, 1, 2]
            noise.shuffle(&order)
            counts[order, default: 0] += 1
        }
        #expect(counts.count == 6)
        #expect(counts.values.allSatisfy { abs($0 - 2_000) < 200 })
    }
}
