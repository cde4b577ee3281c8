import Diagnostics
import Glibc

extension Failure {
    /// The failure of a system call, in words that name the file.
    ///
    /// - Parameters:
    ///   - action: what was tried, such as "write".
    ///   - path: the file or directory.
    ///   - code: the value of `errno`.
    static func system(_ action: String, _ path: String, _ code: Int32) -> Failure {
        let reason = String(cString: strerror(code))
        let hint =
            switch code {
            case ENOSPC, EDQUOT: "Free space on that disk, or export to another one."
            case EACCES, EPERM, EROFS: "Check the permissions, or choose another directory."
            case EMFILE, ENFILE: "Allow more open files (ulimit -n), or export fewer splits."
            default: "Check the path and the disk."
            }
        let missing = code == ENOENT || code == ENOTDIR
        return Failure(
            missing ? .missingResource : .io, "cannot \(action) \(path): \(reason)", hint: hint)
    }
}
