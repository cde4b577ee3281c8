/// A SHA-256 digest: 32 bytes that name a content.
public struct Digest: Hashable, Sendable {
    private let words: SIMD8<UInt32>

    init(words: SIMD8<UInt32>) { self.words = words }

    /// Makes a digest of its 32 bytes; nil where there are not 32.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words = SIMD8<UInt32>()
        for (index, byte) in bytes.enumerated() { words[index / 4] = words[index / 4] << 8 | UInt32(byte) }
        self.words = words
    }

    /// Reads 64 hexadecimal digits of either case; nil where the text is anything else.
    public init?(hex: String) {
        guard let bytes = [UInt8](hex: hex) else { return nil }
        self.init(bytes: bytes)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 4] >> UInt32(24 - $0 % 4 * 8)) }
    }

    /// The first 16 bytes as two big-endian numbers.
    var firstHalf: (UInt64, UInt64) {
        (UInt64(words[0]) << 32 | UInt64(words[1]), UInt64(words[2]) << 32 | UInt64(words[3]))
    }

    /// The digest as 64 lowercase hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 64) { text in
            for index in 0..<64 {
                let nibble = words[index / 8] >> UInt32(28 - index % 8 * 4) & 15
                text[index] = UInt8(truncatingIfNeeded: nibble).hexDigit
            }
            return 64
        }
    }
}

extension Digest: CustomStringConvertible {
    /// The 64 hexadecimal digits.
    public var description: String { hex }
}

extension Sequence<UInt8> {
    /// The bytes as lowercase hexadecimal digits, two a byte.
    public var hex: String {
        var text: [UInt8] = []
        text.reserveCapacity(2 * underestimatedCount)
        for byte in self {
            text.append((byte >> 4).hexDigit)
            text.append((byte & 15).hexDigit)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension UInt8 {
    /// The lowercase hexadecimal digit, in ASCII, of a number below 16.
    fileprivate var hexDigit: UInt8 { self < 10 ? 0x30 + self : 0x57 + self }
}

extension [UInt8] {
    /// Reads hexadecimal digits of either case, two a byte; nil where the text is anything else.
    public init?(hex: String) {
        let nibbles = hex.utf8.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
        guard nibbles.count == hex.utf8.count, nibbles.count.isMultiple(of: 2) else { return nil }
        self = stride(from: 0, to: nibbles.count, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }
}
