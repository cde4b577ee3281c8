import Diagnostics
import Glibc

extension Digest {
    /// Hashes a file in pieces of 1 MiB, whatever its size.
    ///
    /// - Parameter path: the file.
    /// - Throws: a failure that names the file where it cannot be opened or read.
    public init(ofFile path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
        defer { close(descriptor) }
        var hash = SHA256()
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count == 0 { break }
            if count > 0 {
                hash.update(piece[..<count])
            } else if errno != EINTR {
                throw Self.unreadable(path, errno)
            }
        }
        self = hash.finalize()
    }

    private static func unreadable(_ path: String, _ code: Int32) -> Failure {
        Failure(
            code == ENOENT || code == ENOTDIR ? .missingResource : .io,
            "cannot read the file \(path): \(String(cString: strerror(code)))",
            hint: "Check the path, and that you may read the file.")
    }
}
