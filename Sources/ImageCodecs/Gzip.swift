import CZlib
import Diagnostics

/// Unpacking of gzip files (RFC 1952).
public enum Gzip {
    /// Whether bytes begin as a gzip file does.
    public static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// The unpacked bytes, all members one after the other.
    ///
    /// - Throws: badInput where the file is damaged or cut short, or holds more than `limit` bytes.
    public static func inflate(_ bytes: [UInt8], name: String, limit: Int) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        // 15 bits of window; 16 more ask for the gzip wrapper.
        guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Failure(.bug, "zlib does not start")
        }
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        var position = 0
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let (status, read, written) = bytes.withUnsafeBufferPointer { source in
                piece.withUnsafeMutableBufferPointer { target -> (Int32, Int, Int) in
                    let left = min(source.count - position, 1 << 30)
                    // zlib reads through this pointer and never writes; its interface lacks the const.
                    stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + position })
                    stream.avail_in = UInt32(left)
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    return (status, left - Int(stream.avail_in), target.count - Int(stream.avail_out))
                }
            }
            position += read
            output.append(contentsOf: piece.prefix(written))
            guard output.count <= limit else {
                throw Failure(
                    .badInput, "\(name) unpacks to more than \(limit) bytes",
                    hint: "Check that it is the right file.")
            }
            if status == Z_STREAM_END {
                if position == bytes.count { return output }
                inflateReset(&stream)
            } else if status != Z_OK || (read == 0 && written == 0) {
                throw Failure(
                    .badInput, "\(name) is not a whole gzip file (after \(output.count) bytes)",
                    hint: "Replace it by an undamaged copy.")
            }
        }
    }
}
