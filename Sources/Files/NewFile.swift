import Diagnostics
import Glibc

/// A file that appears under its name whole or not at all.
///
/// It is written under another name beside it, brought to the disk, and renamed. Neither name is ever reached through a
/// link: one that has the file's own name is replaced, and what it leads to stays as it is.
public final class NewFile {
    private let folder: Folder
    private let name, passing: FileName
    private var descriptor: Int32

    /// Begins a file in a folder.
    ///
    /// - Parameters:
    ///   - isAlone: whether nobody else knows the folder, so that the file may have its name at once.
    ///   - isSecret: whether its owner alone may read it.
    public init(
        _ name: FileName, in folder: Folder, isAlone: Bool = false, isSecret: Bool = false
    ) throws(Failure) {
        self.folder = folder
        self.name = name
        passing = isAlone ? name : name.passing
        // Another file under the passing name is what a killed process with this number has left.
        if !isAlone { folder.remove(passing) }
        descriptor = openat(
            folder.descriptor, passing.text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
            isSecret ? 0o600 : 0o644)
        guard descriptor >= 0 else { throw failure("create") }
    }

    /// Begins a file at a path that a person named, whose folder must exist.
    public convenience init(_ path: String) throws(Failure) {
        let (folder, name) = Path.split(path)
        try self.init(
            FileName(name, of: "the file to write", kind: .usage, hint: "Give the path of a file."),
            in: Folder(folder))
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        folder.remove(passing)
    }

    /// Where it will be, for messages.
    public var path: String { "\(folder.path)/\(name)" }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws(Failure) {
        var code: Int32 = 0
        bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count, code == 0 {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 { done += count } else if errno != EINTR { code = errno }
            }
        }
        guard code == 0 else { throw failure("write", code) }
    }

    /// Gives the file its name; what had that name before is gone.
    ///
    /// - Parameter durably: whether to wait until the disk has it.
    public func finish(durably: Bool = true) throws(Failure) {
        guard !durably || fsync(descriptor) == 0 else { throw failure("write") }
        let status = close(descriptor)
        descriptor = -1
        guard status == 0 else {
            let code = errno
            folder.remove(passing)
            throw failure("write", code)
        }
        guard passing != name else { return }
        guard renameat(folder.descriptor, passing.text, folder.descriptor, name.text) == 0 else {
            let code = errno
            folder.remove(passing)
            throw failure("write", code)
        }
        if durably { try folder.synchronize() }
    }

    private func failure(_ action: String, _ code: Int32 = errno) -> Failure { .system(action, path, code) }
}

extension FileName {
    /// What a file is called while this process writes it.
    fileprivate var passing: FileName {
        let start = String(decoding: text.utf8.prefix(200), as: UTF8.self)
        guard let name = FileName("\(start).partial-\(getpid())") else { return self }
        return name
    }
}

extension Folder {
    /// Writes a whole file, or none.
    public func write(_ bytes: [UInt8], to name: FileName) throws(Failure) {
        let file = try NewFile(name, in: self)
        try file.write(bytes)
        try file.finish()
    }
}
