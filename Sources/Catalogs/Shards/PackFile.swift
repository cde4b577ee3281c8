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

    /// Makes a link to a pack, resolved as far as it goes.
    static func link(to path: String, at target: String) throws(Failure) {
        guard let resolved = realpath(path, nil) else { throw failure("the pack \(path) cannot be found") }
        defer { free(resolved) }
        try make(target) { passing throws(Failure) in
            guard symlink(resolved, passing) == 0 else { throw failure("the link \(passing) cannot be made") }
        }
    }

    /// Copies a pack.
    ///
    /// - Parameter seal: the digest of a sealed pack, which never changes, so that it is copied byte by byte; of one
    ///   that is being written, SQLite writes out what is committed.
    /// - Throws: catalog where the copy is not what was sealed.
    static func copy(_ path: String, seal: String?, to target: String) throws(Failure) {
        try make(target) { passing throws(Failure) in
            if let seal {
                try copyBytes(path, passing)
                try requireSeal(seal, on: passing, named: path)
            } else {
                try failing { () throws(SQLiteError) in try Connection(path, .readOnly).copy(to: passing) }
            }
        }
    }

    /// Refuses a file that is not the pack that was sealed.
    static func requireSeal(_ seal: String, on file: String, named path: String) throws(Failure) {
        guard try Digest(ofFile: file).hex != seal else { return }
        throw Failure(
            .catalog, "the pack \(path) has changed since it was sealed",
            hint: "Restore it from a copy; 'figment check' says what is altered in it.")
    }

    /// Makes a file under a passing name and then gives it its own; where either fails, nothing is left of it.
    private static func make(_ target: String, _ body: (String) throws(Failure) -> Void) throws(Failure) {
        let passing = "\(target).\(getpid()).partial"
        unlink(passing)
        do throws(Failure) {
            try body(passing)
            try publish(passing, at: target)
        } catch {
            unlink(passing)
            unlink(passing + "-journal")
            throw error
        }
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
