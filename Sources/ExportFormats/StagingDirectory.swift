import Diagnostics
import Files
import Glibc

/// A directory that is filled under a temporary name and gets its own name in one step, when it is whole.
///
/// The temporary name is `TARGET.partial-` and 16 hexadecimal digits, next to the target and so on its disk. The
/// directory is locked while its owner lives; one without an owner is what a killed export left, and the next
/// export to the same target removes it.
final class StagingDirectory {
    /// Where it will be.
    let target: String
    /// Where files are written now.
    var path: String { folder.path }
    private let parent: Folder
    private let name: FileName
    private let passing: FileName
    private let folder: Folder
    /// The folder that was written to last, as most files follow others of theirs.
    private var latest: (path: Substring, folder: Folder)?
    private var isOpen = true

    /// Makes the temporary directory, and the directories above it where they are missing.
    ///
    /// - Parameter mayExist: whether the target may be there, to be compared with; `publish` would still refuse it.
    /// - Throws: a failure where the target is anything but missing or an empty directory.
    init(for target: String, mayExist: Bool = false) throws(Failure) {
        self.target = try Path.absolute(target)
        let (above, name) = Path.split(self.target)
        self.name = try FileName(
            name, of: "the directory to export to", kind: .usage,
            hint: "Name a directory that does not exist yet.")
        parent = try Folder.make(above)
        if !mayExist { try Self.checkIsFree(self.name, in: parent) }
        Self.removeAbandoned(besides: self.name, in: parent)
        (passing, folder) = try Self.makeLocked(next: self.name, in: parent)
    }

    deinit { discard() }

    /// Creates a file, and the directories above it; `path` is of names that follow from the layout.
    func file(_ path: String) throws(Failure) -> OutputFile {
        var names: [FileName] = []
        for text in Path.names(of: path) {
            names.append(try FileName(text, of: "a file of the export", kind: .bug, hint: "Report this."))
        }
        return try OutputFile(names[names.count - 1], in: folder(Array(names.dropLast())))
    }

    private func folder(_ names: [FileName]) throws(Failure) -> Folder {
        guard !names.isEmpty else { return folder }
        let path = names.map(\.text).joined(separator: "/")[...]
        if let latest, latest.path == path { return latest.folder }
        let found = try folder.makeFolders(names)
        latest = (path, found)
        return found
    }

    /// Gives the directory its own name, once the disk has all of it.
    ///
    /// - Parameter everything: whether files in it were written without waiting for the disk.
    func publish(syncing everything: Bool) throws(Failure) {
        // sync(2) waits on Linux; a flush of each of a million small files would take an hour.
        if everything { sync() }
        try folder.synchronize()
        do {
            try parent.rename(passing, to: name)
        } catch {
            try Self.checkIsFree(name, in: parent)
            throw error
        }
        isOpen = false
        try parent.synchronize()
    }

    /// Removes the temporary directory and what is in it; nothing after `publish`.
    func discard() {
        guard isOpen else { return }
        isOpen = false
        parent.removeAll(passing)
    }

    private static func checkIsFree(_ name: FileName, in parent: Folder) throws(Failure) {
        guard let kind = parent.kind(of: name) else { return }
        guard kind == .folder else {
            throw Failure(
                .usage, "\(parent.path)/\(name) is there already and is no directory",
                hint: "Name a directory that does not exist yet.")
        }
        let entries = try Folder(name, in: parent).entries()
        guard entries.names.isEmpty, entries.unnamed.isEmpty else {
            throw Failure(
                .usage, "the directory \(parent.path)/\(name) is not empty",
                hint:
                    "Name a new directory, or remove that one first: an export never mixes with other files.")
        }
    }

    private static func makeLocked(
        next target: FileName, in parent: Folder
    ) throws(Failure) -> (FileName, Folder) {
        while true {
            let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            let name = try FileName(
                target.text + mark + String(repeating: "0", count: 16 - digits.count) + digits,
                of: "the directory to export to", kind: .usage, hint: "Name it shorter.")
            guard let folder = try parent.makeNewFolder(name) else { continue }
            // Another export may have taken the new directory for an abandoned one before it was locked.
            if folder.lock(), folder.isCalled(name, in: parent) { return (name, folder) }
        }
    }

    private static func removeAbandoned(besides target: FileName, in parent: Folder) {
        let prefix = Array((target.text + mark).utf8)
        for text in (try? parent.entries().names) ?? [] where text.utf8.count == prefix.count + 16 {
            guard text.utf8.starts(with: prefix), let name = FileName(text),
                let folder = try? Folder(name, in: parent), folder.lock()
            else { continue }
            parent.removeAll(name)
        }
    }

    private static let mark = ".partial-"
}
