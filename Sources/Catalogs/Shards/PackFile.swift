import Diagnostics
import Digests
import Glibc
import SQLite

/// Packs as files: linked to, copied, and put under their name when they are whole.
enum PackFile {
    /// Makes the folder of packs, unless it is there.
    static func makeFolder(_ folder: String) throws(Failure) {
        guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
            throw failure("the folder \(folder) cannot be made")
        }
    }

    /// Whether a path is a symbolic link.
    static func isLink(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFLNK
    }

    /// Whether two paths lead to one file.
    static func isSame(_ first: String, _ second: String) -> Bool {
        var (one, other) = (stat(), stat())
        guard stat(first, &one) == 0, stat(second, &other) == 0 else { return false }
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }

    /// A link to a file, resolved as far as it goes, under a passing name beside `target`.
    static func link(to path: String, beside target: String) throws(Failure) -> String {
        guard let resolved = realpath(path, nil) else { throw failure("the pack \(path) cannot be found") }
        defer { free(resolved) }
        let passing = "\(target).\(getpid()).partial"
        unlink(passing)
        guard symlink(resolved, passing) == 0 else { throw failure("the link \(passing) cannot be made") }
        return passing
    }

    /// A copy of a pack on the disk, under a passing name beside `target`.
    ///
    /// - Parameter sealed: whether the file never changes, so that it is copied byte by byte; of one that is being
    ///   written, SQLite writes out what is committed.
    static func copy(_ path: String, sealed: Bool, beside target: String) throws(Failure) -> String {
        let passing = "\(target).\(getpid()).partial"
        unlink(passing)
        if sealed {
            try copyBytes(path, passing)
        } else {
            try failing { () throws(SQLiteError) in try Connection(path, .readOnly).copy(to: passing) }
        }
        return passing
    }

    /// Puts a file under its name, on the disk when this returns.
    static func publish(_ passing: String, at target: String) throws(Failure) {
        if !isLink(passing) { try sync(passing) }
        guard rename(passing, target) == 0 else { throw failure("\(passing) cannot be renamed to \(target)") }
        try sync(String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)]))
    }

    /// Brings a file or a folder onto the disk.
    static func sync(_ path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("\(path) cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("\(path) cannot be written to the disk") }
    }

    private static func copyBytes(_ path: String, _ target: String) throws(Failure) {
        let input = try InputFile(path)
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard output >= 0 else { throw failure("\(target) cannot be made") }
        defer { close(output) }
        for offset in stride(from: 0, to: input.size, by: 1 << 20) {
            let bytes = try input.bytes(at: offset, count: min(1 << 20, input.size - offset))
            var start = 0
            while start < bytes.count {
                let count = bytes[start...].withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
                guard count > 0 || errno == EINTR else { throw failure("\(target) cannot be written") }
                start += max(count, 0)
            }
        }
    }

    private static func failure(_ what: String) -> Failure {
        Failure(
            .io, "\(what): \(String(cString: strerror(errno)))",
            hint: "Check the permissions and the free space; then run the same command again.")
    }
}
