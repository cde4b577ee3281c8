import CSHA256

/// The SHA-256 hash of FIPS 180-4, fed piece by piece.
///
/// The letters in the code are the standard's: a…h the working variables, W the message schedule, K the constants.
public struct SHA256: Sendable {
    private var state: SIMD8<UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
        0x5be0_cd19,
    ]
    private var pending: [UInt8] = []
    private var byteCount = 0

    /// Begins a hash of nothing yet.
    public init() {}

    /// The digest of bytes that are at hand whole.
    public static func digest(of bytes: some Collection<UInt8>) -> Digest {
        bytes.withContiguousStorageIfAvailable { digest(of: UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes { digest(of: $0) }
    }

    private static func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
        var state = SHA256().state
        let whole = bytes.count & ~63
        compress(UnsafeRawBufferPointer(rebasing: bytes[..<whole]), into: &state)
        return close(state, with: UnsafeRawBufferPointer(rebasing: bytes[whole...]), of: bytes.count)
    }

    /// Takes in more bytes; how they are cut into pieces does not matter.
    public mutating func update(_ bytes: some Collection<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { absorb(UnsafeRawBufferPointer($0)) }
        if done == nil { Array(bytes).withUnsafeBytes { absorb($0) } }
    }

    /// The digest of all bytes taken in so far; the hash itself can go on.
    public func finalize() -> Digest {
        pending.withUnsafeBytes { Self.close(state, with: $0, of: byteCount) }
    }

    /// Takes in the last bytes, fewer than 64, and the padding that tells how many there were (section 5.1.1).
    private static func close(
        _ state: SIMD8<UInt32>, with rest: UnsafeRawBufferPointer, of byteCount: Int
    ) -> Digest {
        var padded = InlineArray<128, UInt8>(repeating: 0)
        for (index, byte) in rest.enumerated() { padded[index] = byte }
        padded[rest.count] = 0x80
        let size = rest.count < 56 ? 64 : 128
        let bitCount = UInt64(byteCount) &* 8
        for index in 1...8 {
            padded[size - index] = UInt8(truncatingIfNeeded: bitCount >> UInt64(8 * index - 8))
        }
        var state = state
        withUnsafeBytes(of: padded) {
            compress(UnsafeRawBufferPointer(rebasing: $0[..<size]), into: &state)
        }
        return Digest(words: state)
    }

    private mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
        byteCount += bytes.count
        var rest = bytes[...]
        if !pending.isEmpty {
            let taken = rest.prefix(64 - pending.count)
            pending.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
            guard pending.count == 64 else { return }
            pending.withUnsafeBytes { Self.compress($0, into: &state) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.prefix(rest.count / 64 * 64)
        if !whole.isEmpty { Self.compress(UnsafeRawBufferPointer(rebasing: whole), into: &state) }
        pending.append(contentsOf: rest.dropFirst(whole.count))
    }

    private static let hasInstructions = figment_has_sha256() != 0

    /// Applies the compression function to each 64-byte block (FIPS 180-4, section 6.2.2).
    static func compress(_ blocks: UnsafeRawBufferPointer, into state: inout SIMD8<UInt32>) {
        guard hasInstructions, let first = blocks.baseAddress else {
            return compressPortably(blocks, into: &state)
        }
        withUnsafeMutableBytes(of: &state) { state in
            withUnsafeBytes(of: constants) { constants in
                figment_sha256(
                    state.assumingMemoryBound(to: UInt32.self).baseAddress,
                    first.assumingMemoryBound(to: UInt8.self),
                    blocks.count / 64, constants.assumingMemoryBound(to: UInt32.self).baseAddress)
            }
        }
    }

    /// The same on any processor.
    static func compressPortably(_ blocks: UnsafeRawBufferPointer, into state: inout SIMD8<UInt32>) {
        var schedule = InlineArray<64, UInt32>(repeating: 0)
        for start in stride(from: 0, to: blocks.count, by: 64) {
            for t in 0..<16 {
                schedule[t] = UInt32(
                    bigEndian: blocks.loadUnaligned(fromByteOffset: start + 4 * t, as: UInt32.self))
            }
            for t in 16..<64 {
                let w15 = schedule[t - 15]
                let w2 = schedule[t - 2]
                let sigma0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >> 3)
                let sigma1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >> 10)
                schedule[t] = schedule[t - 16] &+ sigma0 &+ schedule[t - 7] &+ sigma1
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            var (e, f, g, h) = (state[4], state[5], state[6], state[7])
            // Eight rounds bring every variable back to its place, so that nothing has to be moved.
            for t in stride(from: 0, to: 64, by: 8) {
                round(a, b, c, &d, e, f, g, &h, constants[t] &+ schedule[t])
                round(h, a, b, &c, d, e, f, &g, constants[t + 1] &+ schedule[t + 1])
                round(g, h, a, &b, c, d, e, &f, constants[t + 2] &+ schedule[t + 2])
                round(f, g, h, &a, b, c, d, &e, constants[t + 3] &+ schedule[t + 3])
                round(e, f, g, &h, a, b, c, &d, constants[t + 4] &+ schedule[t + 4])
                round(d, e, f, &g, h, a, b, &c, constants[t + 5] &+ schedule[t + 5])
                round(c, d, e, &f, g, h, a, &b, constants[t + 6] &+ schedule[t + 6])
                round(b, c, d, &e, f, g, h, &a, constants[t + 7] &+ schedule[t + 7])
            }
            state = state &+ SIMD8(a, b, c, d, e, f, g, h)
        }
    }

    /// One round: what would be the next a ends in h, what would be the next e in d.
    @inline(__always)
    private static func round(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32,
        _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32, _ input: UInt32
    ) {
        let choice = g ^ (e & (f ^ g))
        let t1 = h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice &+ input
        let majority = (a & b) | (c & (a | b))
        d = d &+ t1
        h = t1 &+ (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        (word &>> count) | (word &<< (32 &- count))
    }

    private static let constants: InlineArray<64, UInt32> = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7,
        0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351,
        0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585,
        0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}
