import Diagnostics
import Glibc

/// A file that was opened for reading, whose failures name it.
public final class InputFile: Sendable {
    /// Where it is.
    public let path: String
    /// How many bytes it held when it was opened.
    public let size: Int
    private let descriptor: Int32

    /// Opens a regular file that a person named; links are followed.
    ///
    /// - Parameter shown: what failures call it; nil for its path.
    /// - Throws: `missingResource` where there is none; `io` where it may not be read, or is a folder or a device.
    public convenience init(_ path: String, shownAs shown: String? = nil) throws(Failure) {
        // Without O_NONBLOCK the opening of a pipe would wait for a writer.
        try self.init(descriptor: open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), shown ?? path)
    }

    /// Opens a file of a folder, which no link is.
    ///
    /// - Throws: what `init(_:shownAs:)` throws; `io` where it is a link.
    public convenience init(_ name: FileName, in folder: Folder) throws(Failure) {
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW
        try self.init(descriptor: openat(folder.descriptor, name.text, flags), "\(folder.path)/\(name)")
    }

    /// Opens the file that a path leads to from a folder, by names that are no links.
    ///
    /// - Throws: what the other two throw; `badInput` where a part of the path cannot be a name.
    public convenience init(_ path: String, below folder: Folder) throws(Failure) {
        var names: [FileName] = []
        for text in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            names.append(
                try FileName(
                    String(decoding: text, as: UTF8.self), of: "a part of the path \(path)", kind: .badInput,
                    hint: "Only what lies in \(folder.path) is read."))
        }
        var folder = folder
        for name in names.dropLast() { folder = try Folder(name, in: folder) }
        try self.init(names[names.count - 1], in: folder)
    }

    private init(descriptor: Int32, _ path: String) throws(Failure) {
        guard descriptor >= 0 else { throw .system("read", path, errno) }
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
                throw .system("read", path, errno)
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
}
