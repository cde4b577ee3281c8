import Diagnostics
import Files
import JSONValues
import SQLite

/// Where a shard or a backup is made, and where it lies when it is whole.
struct ShardPlace {
    private let folder: Folder
    private let stem: FileName
    /// The folder in which it is made.
    private let workshop: FileName

    /// A place for a catalog `STEM.sqlite` in a folder, which is made where it is missing.
    init(folder: String, stem: FileName) throws(Failure) {
        self.folder = try Folder.make(folder)
        self.stem = stem
        workshop = try Self.name(".\(stem).partial")
    }

    private static func name(_ text: String) throws(Failure) -> FileName {
        try FileName(text, of: "the catalog to make", kind: .badInput, hint: "Give it a shorter name.")
    }

    /// The catalog, once it is whole.
    var file: String { "\(folder.path)/\(stem).sqlite" }
    /// The same while it is being made.
    var unfinished: String { "\(folder.path)/\(workshop)/\(stem).sqlite" }
    /// The folder of its packs, once it is whole.
    var packs: String { "\(folder.path)/\(stem).packs" }

    /// Makes an empty folder to work in; what one that was broken off has left there goes.
    func prepare() throws(Failure) {
        let packs = try Self.name("\(stem).packs")
        if folder.kind(of: packs) != nil {
            guard try wasBrokenOffInPublishing() else {
                throw Failure(
                    .badInput, "\(self.packs) is in the way: its catalog \(file) is not there",
                    hint: "Move it away, or name another folder with --into.")
            }
            folder.removeAll(packs)
        }
        folder.removeAll(workshop)
        guard try folder.makeNewFolder(workshop) != nil else {
            throw Failure(
                .io, "\(folder.path)/\(workshop) is in the way and cannot be removed",
                hint: "Check its permissions, or remove it.")
        }
    }

    /// Whether one was killed between giving the packs and giving the catalog its name: the packs are whole, but its own
    /// to make again.
    private func wasBrokenOffInPublishing() throws(Failure) -> Bool {
        guard folder.kind(of: workshop) == .folder else { return false }
        let made = try Folder(workshop, in: folder)
        let (catalog, packs) = (try Self.name("\(stem).sqlite"), try Self.name("\(stem).packs"))
        return made.kind(of: catalog) == .file && made.kind(of: packs) == nil
    }

    /// Gives the catalog its name: the packs first, so that the catalog never stands without them.
    func publish() throws(Failure) {
        // A plain file needs nothing beside it, and can be read from any medium.
        try failing { () throws(SQLiteError) in
            try Connection(unfinished, .readWrite).run("PRAGMA journal_mode = DELETE")
        }
        try PackFile.sync(unfinished)
        let made = try Folder(workshop, in: folder)
        let (catalog, packs) = (try Self.name("\(stem).sqlite"), try Self.name("\(stem).packs"))
        if made.kind(of: packs) != nil { try made.rename(packs, to: packs, in: folder) }
        try made.rename(catalog, to: catalog, in: folder)
        try folder.synchronize()
        folder.removeAll(workshop)
    }

    /// Leaves nothing behind of what was being made.
    func abandon() { folder.removeAll(workshop) }

    /// Whether the shard is there, made by a run with the same options, in any of the forms in which they are recorded.
    ///
    /// - Throws: badInput where another file has its name.
    func isDone(by program: String, _ forms: [JSONValue]) throws(Failure) -> Bool {
        guard FileStatus(file) != nil else { return false }
        let made = try Catalog.open(at: file, mode: .readOnly).rows(
            "SELECT options FROM run WHERE program = ?", [.text(program)]
        ) { $0.text(0) }
        guard forms.contains(where: { made.contains($0.canonicalText) }) else {
            throw Failure(
                .badInput, "\(file) is there already, and was not made by this request",
                hint: "Move it away, or name another folder with --into.")
        }
        return true
    }
}
