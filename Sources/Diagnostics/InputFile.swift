import Glibc

/// A file that was opened for reading, whose failures name it.
public final class InputFile: Sendable {
    /// Where it is.
    public let path: String
    /// How many bytes it held when it was opened.
    public let size: Int
    private let descriptor: Int32

    /// Opens a regular file.
    ///
    /// - Throws: `missingResource` where there is none; `io` where it may not be read, or is a folder or a device.
    public init(_ path: String) throws(Failure) {
        // Without O_NONBLOCK the opening of a pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            close(descriptor)
            throw Failure(
                .io, "\(path) is \(isFolder ? "a folder" : "a device"), not a file",
                hint: "Give the path of a file.")
        }
        self.path = path
        self.size = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Fills the buffer with the bytes that begin at an offset.
    ///
    /// - Throws: `io` where reading fails or the file ends before the buffer does.
    public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(Failure) {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 {
                throw Failure(
                    .io, "\(path) ends at byte \(offset + done), earlier than it did when it was opened",
                    hint: "Something is changing the file; try again when it is whole.")
            } else if errno != EINTR {
                throw Self.failure(path, errno)
            }
        }
    }

    /// A part of the file.
    public func bytes(at offset: Int, count: Int) throws(Failure) -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized throws(Failure) in
            try read(
                at: offset,
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            )
            initialized = count
        }
    }

    /// The whole file, where it holds no more than `limit` bytes.
    public func bytes(limit: Int) throws(Failure) -> [UInt8] {
        guard size <= limit else {
            throw Failure(
                .badInput, "\(path) has \(size) bytes; at most \(limit) are read",
                hint: "Check that it is the right file.")
        }
        return try bytes(at: 0, count: size)
    }

    private static func failure(_ path: String, _ code: Int32) -> Failure {
        let isMissing = code == ENOENT || code == ENOTDIR
        return Failure(
            isMissing ? .missingResource : .io,
            "cannot read \(path): \(String(cString: strerror(code)))",
            hint: isMissing ? "Check the path." : "Check the file's permissions and the disk.")
    }
}
