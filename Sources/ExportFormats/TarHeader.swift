import Diagnostics

/// The 512 bytes in front of a regular file in a tar archive (POSIX.1-1988, "ustar").
struct TarHeader: Hashable {
    let name: String
    let byteCount: Int

    /// Blocks, padding and headers all count in units of this many bytes.
    static let blockSize = 512

    /// How many zero bytes follow a content of `byteCount` bytes.
    static func padding(after byteCount: Int) -> Int { (blockSize - byteCount % blockSize) % blockSize }

    /// The header with everything that could vary held fixed: mode 0644, owner 0, time 0.
    ///
    /// - Precondition: the name has 1 to 100 bytes, the size at most 11 octal digits (8 GiB).
    var bytes: [UInt8] {
        precondition((1...100).contains(name.utf8.count) && (0..<(1 << 33)).contains(byteCount))
        var fields: [UInt8] = []
        func put(_ text: String, _ width: Int) {
            fields += text.utf8 + [UInt8](repeating: 0, count: width - text.utf8.count)
        }
        put(name, 100)
        put("0000644", 8)
        put("0000000", 8)
        put("0000000", 8)
        put(Self.octal(byteCount, 11), 12)
        put("00000000000", 12)
        put("        ", 8)
        put("0", 1)
        put("", 100)
        put("ustar", 6)
        put("00", 2)
        put("", 32)
        put("", 32)
        put("0000000", 8)
        put("0000000", 8)
        put("", 155 + 12)
        fields.replaceSubrange(148..<156, with: (Self.octal(Self.sum(fields), 6) + "\0 ").utf8)
        return fields
    }

    /// Makes the header of a member.
    init(name: String, byteCount: Int) {
        self.name = name
        self.byteCount = byteCount
    }

    /// Reads the header of a regular file.
    ///
    /// - Parameters:
    ///   - block: 512 bytes, not all zero.
    ///   - source: the archive and the place in it, for messages.
    init(_ block: [UInt8], source: String) throws(Failure) {
        precondition(block.count == Self.blockSize)
        func fault(_ what: String) -> Failure {
            Failure(.badInput, "\(source): \(what)", hint: "The archive is damaged; export it again.")
        }
        var summed = block
        summed.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        guard Self.number(block[148..<156]) == Self.sum(summed) else {
            throw fault("the checksum of the header is wrong")
        }
        guard block[257..<262].elementsEqual("ustar".utf8) else { throw fault("this is no ustar header") }
        guard block[156] == UInt8(ascii: "0") || block[156] == 0 else {
            throw fault("the member is no regular file")
        }
        guard let byteCount = Self.number(block[124..<136]) else {
            throw fault("the size is no octal number")
        }
        let parts = [block[345..<500], block[0..<100]].map { $0.prefix { $0 != 0 } }.filter { !$0.isEmpty }
        guard let name = String(validating: parts.joined(separator: [UInt8(ascii: "/")]), as: UTF8.self),
            !name.isEmpty
        else { throw fault("the name is empty or no UTF-8") }
        self.name = name
        self.byteCount = byteCount
    }

    private static func octal(_ number: Int, _ width: Int) -> String {
        let digits = String(number, radix: 8)
        return String(repeating: "0", count: width - digits.count) + digits
    }

    /// Reads octal digits that end in a space, a zero byte or the field's end; at most 36 bits.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard (1...12).contains(digits.count), digits.allSatisfy({ (0x30...0x37).contains($0) }) else {
            return nil
        }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }

    private static func sum(_ block: [UInt8]) -> Int { block.reduce(0) { $0 + Int($1) } }
}
