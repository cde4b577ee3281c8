import Glibc

/// What the file system says of a file, links followed.
public struct FileStatus: Sendable {
    /// Its size in bytes.
    public let size: Int
    /// Whether it is a file, and no folder or device.
    public let isRegular: Bool

    /// Asks about a file; nil where there is none.
    public init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        size = Int(status.st_size)
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }

    /// Whether two paths lead to one file.
    public static func isSame(_ first: String, _ second: String) -> Bool {
        var (one, other) = (stat(), stat())
        guard stat(first, &one) == 0, stat(second, &other) == 0 else { return false }
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }
}
