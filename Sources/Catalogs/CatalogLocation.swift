import Diagnostics
import Foundation
import SQLite

/// Where a catalog and its companions are, with symbolic links resolved: all who open it must agree.
struct CatalogLocation {
    /// The catalog itself.
    let file: String

    /// The file that everybody locks who writes.
    var lock: String { file + ".lock" }
    /// The write-ahead log.
    var log: String { file + "-wal" }
    /// The folder of the packs: `animals.packs` beside `animals.sqlite`.
    var packs: String { stem + ".packs" }
    /// The path without its extension.
    var stem: String { file.hasSuffix(".sqlite") ? String(file.dropLast(7)) : file }

    /// Finds a catalog that must exist.
    init(existing path: String) throws(Failure) {
        guard let resolved = realpath(path, nil) else {
            let reason = String(cString: strerror(errno))
            throw errno == ENOENT
                ? Failure(
                    .missingResource, "there is no catalog \(path)",
                    hint: "Make one with 'figment init', or name another with --catalog.")
                : Failure(.io, "the catalog \(path) cannot be opened: \(reason)", hint: "Check the path.")
        }
        defer { free(resolved) }
        file = String(cString: resolved)
        guard FileStatus(file)?.isRegular == true else {
            throw Failure(.catalog, "\(path) is no file", hint: "Name a catalog file with --catalog.")
        }
    }

    /// How to open the catalog for reading.
    ///
    /// - Throws: catalog where it has a log and is on a network file system.
    func readingMode(named path: String) throws(Failure) -> Connection.Mode {
        guard !isFrozen else { return .immutable }
        try NetworkFileSystem.refuseLogged(file, named: path)
        return .readOnly
    }

    /// Whether nobody can change the file: its folder cannot be written to, and there is no log to be read.
    var isFrozen: Bool {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? "."
        return access(folder, W_OK) != 0 && (FileStatus(log)?.size ?? 0) == 0
    }
}

/// What the file system says of a file.
struct FileStatus {
    let size: Int
    let isRegular: Bool

    /// Asks about a file; nil where there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        size = Int(status.st_size)
        isRegular = status.st_mode & S_IFMT == S_IFREG
    }

    /// Where a symbolic link leads; nil where the path is none.
    static func target(ofLink path: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    /// Says that an SQLite file is shorter than its header tells; nil where it is not.
    static func truncation(of path: String) -> String? {
        guard let file = try? InputFile(path), let header = try? file.bytes(at: 0, count: 32) else {
            return nil
        }
        func number(_ range: Range<Int>) -> Int { header[range].reduce(0) { $0 << 8 | Int($1) } }
        // https://sqlite.org/fileformat.html, section 1.3: a page size of 65,536 is written as 1.
        let pageSize = number(16..<18) == 1 ? 65_536 : number(16..<18)
        let size = pageSize * number(28..<32)
        return file.size < size ? "it was cut off after \(file.size) of its \(size) bytes" : nil
    }
}
