import Diagnostics
import Foundation
import Glibc

/// A directory that is filled under a temporary name and gets its own name in one step, when it is whole.
///
/// The temporary name is `TARGET.partial-` and 16 hexadecimal digits, next to the target and so on its disk. The
/// directory is locked while its owner lives; one without an owner is what a killed export left, and the next
/// export to the same target removes it.
final class StagingDirectory {
    /// Where files are written now.
    let path: String
    /// Where they will be.
    let target: String
    private let lock: Int32
    private var isOpen = true

    /// Makes the temporary directory, and the directories above it where they are missing.
    ///
    /// - Parameter mayExist: whether the target may be there, to be compared with; `publish` would still refuse it.
    /// - Throws: a failure where the target is anything but missing or an empty directory.
    init(for target: String, mayExist: Bool = false) throws(Failure) {
        let target = URL(filePath: target).standardizedFileURL.path
        self.target = target
        if !mayExist { try Self.checkIsFree(target) }
        let parent = (target as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                .io, "cannot create the directory \(parent): \(error.localizedDescription)",
                hint: "Check the permissions, or choose another directory.")
        }
        Self.removeAbandoned(besides: target)
        (path, lock) = try Self.makeLocked(next: target)
    }

    deinit { discard() }

    /// Creates a file, and the directories above it.
    func file(_ name: String) throws(Failure) -> OutputFile {
        let path = "\(path)/\(name)"
        do {
            return try OutputFile(path)
        } catch  where error.kind == .missingResource {
            try makeDirectory((path as NSString).deletingLastPathComponent)
            return try OutputFile(path)
        }
    }

    /// Gives the directory its own name, once the disk has all of it.
    ///
    /// - Parameter everything: whether files in it were written without waiting for the disk.
    func publish(syncing everything: Bool) throws(Failure) {
        // sync(2) waits on Linux; a flush of each of a million small files would take an hour.
        if everything { sync() }
        try Self.synchronize(path)
        guard rename(path, target) == 0 else {
            let code = errno
            if [EEXIST, ENOTEMPTY, ENOTDIR].contains(code) { try Self.checkIsFree(target) }
            throw .system("rename the finished export to", target, code)
        }
        isOpen = false
        close(lock)
        try Self.synchronize((target as NSString).deletingLastPathComponent)
    }

    /// Removes the temporary directory and what is in it; nothing after `publish`.
    func discard() {
        guard isOpen else { return }
        isOpen = false
        try? FileManager.default.removeItem(atPath: path)
        close(lock)
    }

    private func makeDirectory(_ path: String) throws(Failure) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Failure(
                .io, "cannot create the directory \(path): \(error.localizedDescription)",
                hint: "Free space on that disk, or export to another one.")
        }
    }

    private static func checkIsFree(_ target: String) throws(Failure) {
        var status = stat()
        guard lstat(target, &status) == 0 else {
            if errno == ENOENT { return }
            throw .system("export to", target, errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Failure(
                .usage, "\(target) is there already and is no directory",
                hint: "Name a directory that does not exist yet.")
        }
        let entries = try? FileManager.default.contentsOfDirectory(atPath: target)
        guard let entries, entries.isEmpty else {
            throw Failure(
                .usage, "the directory \(target) is not empty",
                hint:
                    "Name a new directory, or remove that one first: an export never mixes with other files.")
        }
    }

    private static func makeLocked(next target: String) throws(Failure) -> (String, Int32) {
        while true {
            let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            let path = target + mark + String(repeating: "0", count: 16 - digits.count) + digits
            guard mkdir(path, 0o755) == 0 else {
                if errno == EEXIST { continue }
                throw .system("create the directory", path, errno)
            }
            let lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, access(path, F_OK) == 0 { return (path, lock) }
            // Another export took the new directory for an abandoned one before it was locked.
            let code = errno
            if lock >= 0 { close(lock) }
            guard [ENOENT, EWOULDBLOCK].contains(code) else { throw .system("lock", path, code) }
        }
    }

    private static func removeAbandoned(besides target: String) {
        let parent = (target as NSString).deletingLastPathComponent
        let prefix = (target as NSString).lastPathComponent + mark
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        for name in names where name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 16 {
            let path = "\(parent)/\(name)"
            let lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: path) }
            close(lock)
        }
    }

    private static func synchronize(_ path: String) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read", path, errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("write", path, errno) }
    }

    private static let mark = ".partial-"
}
