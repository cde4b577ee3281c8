import CZlib
import Digests

/// Puts in order again what would have a changed file refused at its door, so that what lies behind is tried, too.
enum Repairs {
    /// The checksums of a PNG's chunks.
    static func checksums(ofPNG bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        var start = 8
        while start + 12 <= bytes.count {
            let size = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            let end = start + 8 + size
            guard end + 4 <= bytes.count else { return bytes }
            let sum = bytes[(start + 4)..<end].withContiguousStorageIfAvailable { chunk in
                crc32(0, chunk.baseAddress, UInt32(chunk.count))
            }
            for index in 0..<4 {
                bytes[end + index] = UInt8(truncatingIfNeeded: (sum ?? 0) >> (8 * (3 - index)))
            }
            start = end + 4
        }
        return bytes
    }

    /// The checksums of a tar's headers, where a header may be.
    static func checksums(ofTar bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for start in stride(from: 0, to: bytes.count - 511, by: 512) {
            guard bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) else { continue }
            for index in 148..<156 { bytes[start + index] = 0x20 }
            let sum = bytes[start..<start + 512].reduce(0) { $0 + Int($1) }
            let digits = String(sum, radix: 8)
            let text = String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "\0 "
            bytes.replaceSubrange(start + 148..<start + 156, with: text.utf8)
        }
        return bytes
    }

    /// A file of safetensors of a header and what follows it.
    static func safetensors(header: [UInt8], data: some Collection<UInt8>) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data
    }

    /// The bytes packed by gzip.
    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        // 15 bits of window; 16 more ask for the gzip wrapper.
        deflateInit2_(
            &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var bytes = bytes
        return [UInt8](unsafeUninitializedCapacity: bytes.count + bytes.count / 100 + 100) { target, count in
            bytes.withUnsafeMutableBufferPointer { source in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                _ = deflate(&stream, Z_FINISH)
                count = target.count - Int(stream.avail_out)
            }
        }
    }
}
