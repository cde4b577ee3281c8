import Diagnostics
import Glibc

/// A folder that was opened: what is read and written in it is reached through it, whatever becomes of its path, and
/// never through a symbolic link.
public final class Folder: Sendable {
    /// Where it is, for messages.
    public let path: String
    let descriptor: Int32

    /// Opens a folder that a person named; links on the way to it are followed.
    ///
    /// - Parameter shown: what failures call it; nil for its path.
    /// - Throws: missingResource where there is none; io where it may not be read.
    public init(_ path: String, shownAs shown: String? = nil) throws(Failure) {
        self.path = shown ?? path
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read the folder", self.path, errno) }
    }

    /// Opens a folder of another one.
    ///
    /// - Throws: missingResource where there is none; io where it is a link, or may not be read.
    public init(_ name: FileName, in parent: Folder) throws(Failure) {
        path = "\(parent.path)/\(name)"
        descriptor = openat(parent.descriptor, name.text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            // Of a link to a folder Linux says that it is no folder.
            throw .system("read the folder", path, parent.kind(of: name) == .link ? ELOOP : errno)
        }
    }

    deinit { close(descriptor) }

    /// Makes a folder, and those above it, unless they are there, and opens it.
    public static func make(_ path: String) throws(Failure) -> Folder {
        if mkdir(path, 0o777) == 0 || errno == EEXIST { return try Folder(path) }
        let (parent, name) = Path.split(path)
        guard errno == ENOENT, !name.isEmpty else { throw .system("make the folder", path, errno) }
        _ = try make(parent)
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
            throw .system("make the folder", path, errno)
        }
        return try Folder(path)
    }

    /// Makes a folder in this one, unless it is there, and opens it.
    ///
    /// - Throws: io where a link or another file has the name, or the disk is full.
    public func makeFolder(_ name: FileName) throws(Failure) -> Folder {
        guard mkdirat(descriptor, name.text, 0o777) == 0 || errno == EEXIST else {
            throw .system("make the folder", "\(path)/\(name)", errno)
        }
        return try Folder(name, in: self)
    }

    /// Makes a folder in this one that nobody else has made; nil where something has the name.
    public func makeNewFolder(_ name: FileName) throws(Failure) -> Folder? {
        guard mkdirat(descriptor, name.text, 0o777) == 0 else {
            if errno == EEXIST { return nil }
            throw .system("make the folder", "\(path)/\(name)", errno)
        }
        return try Folder(name, in: self)
    }

    /// Opens the folder that a path leads to from here, by names that are no links; makes what is missing.
    public func makeFolders(_ names: [FileName]) throws(Failure) -> Folder {
        var folder = self
        for name in names { folder = try folder.makeFolder(name) }
        return folder
    }

    /// Removes a file or a link; nothing where there is none.
    public func remove(_ name: FileName) { unlinkat(descriptor, name.text, 0) }

    /// Removes a file, a link, or a folder with all that is in it; what cannot be removed stays.
    public func removeAll(_ name: FileName) {
        if kind(of: name) == .folder, let inner = try? Folder(name, in: self) {
            for entry in (try? inner.entries().names) ?? [] {
                if let entry = FileName(entry) { inner.removeAll(entry) }
            }
            unlinkat(descriptor, name.text, AT_REMOVEDIR)
        } else {
            remove(name)
        }
    }

    /// Gives what has a name in it another name, in it or in another folder, at once; what had that name is gone.
    public func rename(_ name: FileName, to new: FileName, in other: Folder? = nil) throws(Failure) {
        let target = other ?? self
        guard renameat(descriptor, name.text, target.descriptor, new.text) == 0 else {
            throw .system("rename \(path)/\(name) to", "\(target.path)/\(new)", errno)
        }
    }

    /// Takes a lock on the folder that ends with this object, and with the process however that ends; false where
    /// somebody else has it.
    public func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    /// Whether the folder still stands under a name of another one.
    public func isCalled(_ name: FileName, in parent: Folder) -> Bool {
        var (own, found) = (stat(), stat())
        return fstat(descriptor, &own) == 0
            && fstatat(parent.descriptor, name.text, &found, AT_SYMLINK_NOFOLLOW) == 0
            && own.st_dev == found.st_dev && own.st_ino == found.st_ino
    }

    /// Brings the list of its files onto the disk.
    public func synchronize() throws(Failure) {
        guard fsync(descriptor) == 0 else { throw .system("write", path, errno) }
    }

    /// What a name stands for in it, links not followed; nil where there is nothing.
    public func kind(of name: FileName) -> FileKind? {
        var status = stat()
        guard fstatat(descriptor, name.text, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return FileKind(mode: status.st_mode)
    }

    /// What lies in it, by name.
    ///
    /// - Throws: io where it cannot be read.
    public func entries() throws(Failure) -> FolderEntries {
        // A stream of its own, which begins at the beginning.
        let stream = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard stream >= 0, let directory = fdopendir(stream) else {
            throw .system("read the folder", path, errno)
        }
        defer { closedir(directory) }
        var entries = FolderEntries()
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw .system("read the folder", path, errno) }
                entries.names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                return entries
            }
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if bytes == [0x2E] || bytes == [0x2E, 0x2E] { continue }
            if let name = String(validating: bytes, as: UTF8.self) {
                entries.names.append(name)
            } else {
                entries.unnamed.append(Path.shown(bytes))
            }
        }
    }
}

/// The names in a folder.
public struct FolderEntries: Sendable {
    /// The names, in the order of their bytes.
    public fileprivate(set) var names: [String] = []
    /// The names that are not UTF-8, their other bytes spelled out: nothing can be called so in a catalog.
    public fileprivate(set) var unnamed: [String] = []
}

/// What a name in a folder stands for.
public enum FileKind: Sendable {
    case file
    case folder
    /// A symbolic link, wherever it leads.
    case link
    /// A pipe, a socket or a device.
    case other

    init(mode: mode_t) {
        switch mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .folder
        case S_IFLNK: self = .link
        default: self = .other
        }
    }

    /// What a path stands for; nil where there is nothing.
    ///
    /// - Parameter followingLinks: whether it is asked of what a link leads to.
    public init?(of path: String, followingLinks: Bool) {
        var status = stat()
        guard (followingLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        self.init(mode: status.st_mode)
    }
}
