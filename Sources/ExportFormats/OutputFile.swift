import Diagnostics
import Digests
import Glibc

/// A new file that is hashed while it is written.
final class OutputFile {
    let path: String
    private(set) var byteCount = 0
    private var hash = SHA256()
    private var pending: [UInt8] = []
    private var descriptor: Int32

    /// Creates the file; one that exists is overwritten.
    init(_ path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .system("create", path, errno) }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws(Failure) {
        byteCount += bytes.count
        pending.append(contentsOf: bytes)
        if pending.count >= 1 << 18 { try flush() }
    }

    /// Writes what is pending and closes the file.
    ///
    /// - Parameter durably: whether to wait until the disk has it.
    /// - Returns: the digest of the whole file.
    @discardableResult
    func close(durably: Bool) throws(Failure) -> Digest {
        try flush()
        if durably, fsync(descriptor) != 0 { throw .system("write", path, errno) }
        let status = Glibc.close(descriptor)
        descriptor = -1
        guard status == 0 else { throw .system("write", path, errno) }
        return hash.finalize()
    }

    private func flush() throws(Failure) {
        hash.update(pending)
        var code: Int32 = 0
        pending.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    done += count
                } else if errno != EINTR {
                    code = errno
                    return
                }
            }
        }
        guard code == 0 else { throw .system("write", path, code) }
        pending.removeAll(keepingCapacity: true)
    }
}
