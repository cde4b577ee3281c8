import Diagnostics
import Glibc

/// A file that is there to be locked, as whoever locks it opened it; the lock ends with this object.
///
/// It is never opened through a link, symbolic or hard: locks are written to, and lie in folders that may come from
/// somebody else.
public final class LockFile {
    /// Where it is.
    public let path: String
    private let descriptor: Int32

    /// Opens the file, and makes it where there is none.
    ///
    /// - Throws: io where it cannot be opened, is a link, or no file.
    public init(_ path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .system("open the lock", path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
            throw Failure(
                .io, "the lock \(path) is another file's second name, or no file",
                hint: "Nothing of figment's makes such a lock: find out where it came from, and remove it.")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Takes the lock of the whole file; false where somebody else has it.
    public func take() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Gives the lock back.
    public func release() { flock(descriptor, LOCK_UN) }

    /// Takes or gives back the lock of the file's first byte, which is another than that of the whole file, and belongs
    /// to this object alone; false where somebody else has it.
    @discardableResult
    public func setFirstByte(isLocked: Bool) -> Bool {
        var range = Glibc.flock()
        range.l_type = Int16(isLocked ? F_WRLCK : F_UNLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_len = 1
        // F_OFD_SETLK of fcntl(2), which Glibc's module leaves out.
        return fcntl(descriptor, 37, &range) == 0
    }

    /// Writes who has the lock, in place of what was written before: always as many bytes.
    public func note(_ holder: [UInt8]) { _ = pwrite(descriptor, holder, holder.count, 0) }

    /// What was written by whoever has the lock, `count` bytes at most.
    public func holder(count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = pread(descriptor, &bytes, count, 0)
        return Array(bytes.prefix(max(0, read)))
    }
}
