import Diagnostics
import Files

/// A folder in which a case lays out what it tries.
final class Scratch {
    let path: String
    /// Whether a case leaves there what it tried, for a person to look at.
    let isKept: Bool
    private let folder: Folder

    init(_ path: String, isKept: Bool) throws(Failure) {
        self.path = path
        self.isKept = isKept
        folder = try Folder.make(path)
    }

    /// Writes a file, and the folders above it; gives its path.
    @discardableResult
    func write(_ file: String, _ bytes: [UInt8]) throws(Failure) -> String {
        var names: [FileName] = []
        for text in Path.names(of: file) {
            names.append(try FileName(text, of: "a file", kind: .bug, hint: "Call it otherwise."))
        }
        let place = try folder.makeFolders(names.dropLast())
        let name = names[names.count - 1]
        place.remove(name)
        let new = try NewFile(name, in: place, isAlone: true)
        try new.write(bytes)
        try new.finish(durably: false)
        return "\(path)/\(file)"
    }

    /// Keeps what a parser was given, where it is to be kept.
    func keep(_ bytes: [UInt8]) throws(Failure) { if isKept { try write("input", bytes) } }

    /// The bytes of a file, none where there is no such file.
    func bytes(_ file: String) -> [UInt8] {
        (try? InputFile("\(path)/\(file)").bytes(limit: .max)) ?? []
    }

    /// Removes a file or a folder with all that is in it.
    func remove(_ file: String) {
        var names = Path.names(of: file).compactMap { FileName($0) }
        guard let last = names.popLast(), let place = try? folder.makeFolders(names) else { return }
        place.removeAll(last)
    }
}

/// Files by their paths in a folder.
struct FileTree {
    private(set) var files: [(path: String, bytes: [UInt8])] = []

    /// Reads all files of a folder.
    init(_ folder: String) throws(Failure) {
        for path in FolderContents(of: try Folder(folder), passesHidden: false).files {
            files.append((path, try InputFile("\(folder)/\(path)").bytes(limit: 1 << 28)))
        }
    }

    /// Only those that a condition holds for.
    func filter(_ isWanted: (String) -> Bool) -> FileTree {
        var tree = self
        tree.files = files.filter { isWanted($0.path) }
        return tree
    }

    /// With the files of another one.
    func adding(_ other: FileTree) -> FileTree {
        var tree = self
        tree.files += other.files
        return tree
    }

    /// Lays them out in a folder of a scratch.
    func write(to folder: String, in scratch: Scratch) throws(Failure) {
        for file in files { try scratch.write("\(folder)/\(file.path)", file.bytes) }
    }
}
