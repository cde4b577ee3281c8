import Diagnostics
import Glibc

extension Failure {
    /// The failure of a system call, in words that name the file.
    ///
    /// - Parameters:
    ///   - action: what was tried, such as "write".
    ///   - path: the file or folder.
    ///   - code: the value of `errno`.
    public static func system(_ action: String, _ path: String, _ code: Int32) -> Failure {
        let reason = String(cString: strerror(code))
        let hint =
            switch code {
            case ENOSPC, EDQUOT: "Free space on that disk, or choose another one."
            case EACCES, EPERM, EROFS: "Check the permissions, or choose another place."
            case EMFILE, ENFILE: "Allow more open files (ulimit -n)."
            case ELOOP:
                "It is a symbolic link, which is not followed here: put the file or folder itself there."
            default: "Check the path and the disk."
            }
        let isMissing = code == ENOENT || code == ENOTDIR
        return Failure(
            isMissing ? .missingResource : .io, "cannot \(action) \(path): \(reason)", hint: hint)
    }
}
