import Diagnostics
import Glibc

/// A file that appears under its name whole or not at all.
///
/// It is written under another name beside it, brought to the disk, and renamed.
final class NewFile {
    private let path, partial: String
    private var descriptor: Int32

    init(_ path: String) throws(Failure) {
        self.path = path
        partial = "\(path).partial-\(getpid())"
        descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure() }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(partial)
    }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws(Failure) {
        var code: Int32 = 0
        bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count, code == 0 {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 { done += count } else if errno != EINTR { code = errno }
            }
        }
        guard code == 0 else { throw failure(code) }
    }

    /// Gives the file its name; what had that name before is gone.
    func finish() throws(Failure) {
        guard fsync(descriptor) == 0, rename(partial, path) == 0 else { throw failure() }
        close(descriptor)
        descriptor = -1
        let folder = open(path.contains("/") ? path + "/.." : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private func failure(_ code: Int32 = errno) -> Failure {
        let isMissing = code == ENOENT || code == ENOTDIR
        return Failure(
            isMissing ? .missingResource : .io, "cannot write \(path): \(String(cString: strerror(code)))",
            hint: isMissing
                ? "Make the folder first." : "Check the disk's free space and the folder's permissions.")
    }
}
