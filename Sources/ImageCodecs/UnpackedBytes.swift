import CZlib
import Diagnostics
import Files

/// The bytes of a file from first to last, unpacked where it is a gzip file (RFC 1952): all members one after the other.
///
/// They are read as they are asked for, and nothing is taken for those that nobody asks for.
final class UnpackedBytes {
    let name: String
    /// How many there can be: deflate makes at most 1,032 bytes of one.
    let mostCount: Int
    private let size: Int
    private let load: (_ offset: Int, _ count: Int) throws(Failure) -> [UInt8]
    /// How many bytes of the file were loaded.
    private var position = 0
    /// What was loaded, and how far it is used.
    private var input: [UInt8] = []
    private var used = 0
    /// zlib's state, which must stay where it is; nil where nothing is packed.
    private var stream: UnsafeMutablePointer<z_stream>?
    private var isAtEnd = false

    init(
        name: String, size: Int, load: @escaping (_ offset: Int, _ count: Int) throws(Failure) -> [UInt8]
    ) throws(Failure) {
        self.name = name
        self.size = size
        self.load = load
        let isPacked = try load(0, min(2, size)) == [0x1F, 0x8B]
        mostCount = isPacked ? size.multipliedReportingOverflow(by: 1_032).partialValue : size
        guard isPacked else { return }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window; 16 more ask for the gzip wrapper.
        guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw Failure(.outOfMemory, "there is no memory to unpack \(name)", hint: "Free some.")
        }
        self.stream = stream
    }

    convenience init(_ file: InputFile) throws(Failure) {
        try self.init(name: file.path, size: file.size) { offset, count throws(Failure) in
            try file.bytes(at: offset, count: count)
        }
    }

    convenience init(_ bytes: [UInt8], name: String) throws(Failure) {
        try self.init(name: name, size: bytes.count) { offset, count in Array(bytes[offset..<offset + count])
        }
    }

    deinit {
        guard let stream else { return }
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Fills the buffer as far as there are bytes; gives how many it put there.
    ///
    /// - Throws: badInput where a gzip file is damaged or cut short.
    func read(into buffer: UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Int {
        var done = 0
        while done < buffer.count, !isAtEnd {
            if used == input.count { try loadMore() }
            let room = UnsafeMutableBufferPointer(rebasing: buffer[done...])
            if let stream { done += try unpack(stream, into: room) } else { done += copy(into: room) }
        }
        return done
    }

    /// The next bytes, fewer than `count` at the end.
    func bytes(_ count: Int) throws(Failure) -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized throws(Failure) in
            initialized = try read(into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private func loadMore() throws(Failure) {
        input = try load(position, min(1 << 18, size - position))
        position += input.count
        used = 0
        if input.isEmpty {
            guard stream == nil else { throw damaged }
            isAtEnd = true
        }
    }

    private func copy(into room: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let count = min(room.count, input.count - used)
        _ = room.update(fromContentsOf: input[used..<used + count])
        used += count
        return count
    }

    private func unpack(
        _ stream: UnsafeMutablePointer<z_stream>, into room: UnsafeMutableBufferPointer<UInt8>
    ) throws(Failure) -> Int {
        let (status, left) = input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress.map { $0 + used }
            stream.pointee.avail_in = UInt32(input.count - used)
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(min(room.count, 1 << 30))
            let status = inflate(stream, Z_NO_FLUSH)
            return (status, Int(stream.pointee.avail_in))
        }
        let written = min(room.count, 1 << 30) - Int(stream.pointee.avail_out)
        let hasMoved = written > 0 || left < input.count - used
        used = input.count - left
        switch status {
        case Z_STREAM_END where used == input.count && position == size: isAtEnd = true
        case Z_STREAM_END: inflateReset(stream)
        case Z_OK where hasMoved: break
        default: throw damaged
        }
        return written
    }

    private var damaged: Failure {
        Failure(.badInput, "\(name) is not a whole gzip file", hint: "Replace it by an undamaged copy.")
    }
}
