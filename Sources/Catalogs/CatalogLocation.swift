import Diagnostics
import Files
import Glibc
import SQLite

/// Where a catalog and its companions are, with symbolic links resolved: all who open it must agree.
struct CatalogLocation {
    /// The catalog itself.
    let file: String

    /// The file that everybody locks who writes.
    var lock: String { file + ".lock" }
    /// The write-ahead log.
    var log: String { file + "-wal" }
    /// The folder of the packs: `animals.packs` beside `animals.sqlite`, or where a link of that name leads.
    var packs: String { ((try? Path.resolved(stem + ".packs")) ?? nil) ?? stem + ".packs" }
    /// The path without its extension.
    var stem: String { file.hasSuffix(".sqlite") ? String(file.dropLast(7)) : file }

    /// Finds a catalog that must exist.
    init(existing path: String) throws(Failure) {
        guard let resolved = try Path.resolved(path) else {
            let reason = String(cString: strerror(errno))
            throw errno == ENOENT
                ? Failure(
                    .missingResource, "there is no catalog \(path)",
                    hint: "Make one with 'figment init', or name another with --catalog.")
                : Failure(.io, "the catalog \(path) cannot be opened: \(reason)", hint: "Check the path.")
        }
        file = resolved
        guard FileStatus(file)?.isRegular == true else {
            throw Failure(.catalog, "\(path) is no file", hint: "Name a catalog file with --catalog.")
        }
        try refuseLinkedCompanions()
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
        access(Path.split(file).folder, W_OK) != 0 && (FileStatus(log)?.size ?? 0) == 0
    }
}

extension CatalogLocation {
    /// Where a pack lies that a row names.
    ///
    /// - Parameters:
    ///   - file: the name that the row has.
    ///   - wasAdopted: whether the row says that the pack came by a merge, which may have put a link there.
    /// - Throws: catalog where the name could lead out of the folder of packs, or is none that packs are given.
    func pack(_ file: String, wasAdopted: Bool) throws(Failure) -> PackPlace {
        let hint = "Do not use this catalog: its table pack has been tampered with."
        let name = try FileName(file, of: "a pack", hint: hint)
        guard PackPlace.isGiven(name) else {
            throw Failure(
                .catalog, "a pack is called '\(file)', a name that figment gives to none", hint: hint)
        }
        return PackPlace(folder: packs, name: name, mayBeLink: wasAdopted)
    }

    /// Refuses companions of the catalog that are another file's name: they are written to.
    private func refuseLinkedCompanions() throws(Failure) {
        for companion in [lock, log, file + "-shm", file + "-journal"] {
            var status = stat()
            guard lstat(companion, &status) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
                throw Failure(
                    .catalog, "\(companion) is a link, or no file: it could lead to any file of yours",
                    hint:
                        "Nothing of figment's makes such a file: find out where it came from, and remove it.")
            }
        }
    }
}
