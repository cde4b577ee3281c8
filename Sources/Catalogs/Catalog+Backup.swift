import Diagnostics
import Digests
import Files
import Glibc
import SQLite

extension Catalog {
    /// What a backup consists of.
    public struct Backup: Hashable, Sendable {
        /// The catalog's copy.
        public let path: String
        /// How many packs lie beside it.
        public let packCount: Int
        /// How many bytes all of it has.
        public let byteCount: Int
    }

    /// Copies a catalog with its packs as it is at one moment, while others go on writing.
    ///
    /// The catalog is copied first and then the packs, which only grow, so every row of the copy has its payload.
    /// The copy is checked, and has its name only when it is whole and on the disk.
    ///
    /// - Parameters:
    ///   - path: the catalog.
    ///   - file: the copy; its packs will lie beside it. Nothing may be there yet.
    ///   - linking: whether sealed packs are linked to (hard links on the same disk) and not copied.
    /// - Throws: badInput where something is in the way; missingResource or catalog where a pack is missing or the
    ///   catalog is damaged; io where the copy cannot be written.
    public static func backUp(
        _ path: String, to file: String, linkingSealedPacks linking: Bool = false
    ) throws(Failure) -> Backup {
        let original = try Catalog.open(at: path, mode: .readOnly)
        let place = try place(ofBackup: file)
        try place.prepare()
        defer { place.abandon() }
        return try during("backing up \(path)") { () throws(Failure) in
            // Not on the catalog's own connection, which may not even write a copy.
            let mode = try original.location.readingMode(named: path)
            try failing { () throws(SQLiteError) in
                let connection = try Connection(path, mode)
                connection.keepLogOnClose()
                try connection.copy(to: place.unfinished)
            }
            let copy = try Catalog.open(at: place.unfinished, mode: .readOnly)
            var size = FileStatus(place.unfinished)?.size ?? 0
            let packs = try copy.packsOfBackup()
            if !packs.isEmpty { _ = try Folder.make(copy.location.packs) }
            for pack in packs {
                let source = try original.location.pack(pack.file, wasAdopted: pack.wasAdopted)
                let target = try copy.location.pack(pack.file, wasAdopted: false)
                try copyPack(source, pack.seal, to: target.path, linking: linking)
                size += FileStatus(target.path)?.size ?? 0
            }
            let damage = try check(at: place.unfinished, fast: true).filter { $0.severity == .damage }
            if let first = damage.first {
                throw Failure(
                    .catalog, "the copy is damaged as the catalog is: \(first.message)",
                    hint: "Run 'figment check' on the catalog; an earlier backup may hold what is lost.")
            }
            try place.publish()
            return Backup(path: place.file, packCount: packs.count, byteCount: size)
        }
    }

    private func packsOfBackup() throws(Failure) -> [(file: String, wasAdopted: Bool, seal: String?)] {
        try rows(
            """
            SELECT file, made_as IS NOT NULL, sha256 FROM pack LEFT JOIN pack_seal ON pack_id = pack.id ORDER BY file
            """
        ) { (file: $0.text(0), wasAdopted: $0.integer(1) == 1, seal: $0.optionalText(2)) }
    }

    /// Where a backup is made, and where it will lie.
    private static func place(ofBackup file: String) throws(Failure) -> ShardPlace {
        let (folder, name) = Path.split(file)
        let ending = ".sqlite"
        guard name.utf8.reversed().starts(with: ending.utf8.reversed()), name.utf8.count > ending.utf8.count,
            let stem = FileName(String(decoding: name.utf8.dropLast(ending.utf8.count), as: UTF8.self))
        else {
            throw Failure(
                .badInput, "the backup '\(file)' has no name that ends in .sqlite",
                hint: "Name it like animals.sqlite: its packs will lie beside it in animals.packs.")
        }
        let place = try ShardPlace(folder: folder, stem: stem)
        for path in [place.file, place.packs] where FileKind(of: path, followingLinks: false) != nil {
            throw Failure(
                .badInput, "\(path) is there already, and a backup overwrites nothing",
                hint: "Name another file.")
        }
        return place
    }

    private static func copyPack(
        _ source: PackPlace, _ seal: String?, to target: String, linking: Bool
    ) throws(Failure) {
        // Whatever a killed writer left in the pack's journal is rolled back by whoever opens it.
        _ = try Pack(reading: source)
        let file = try source.resolved()
        if linking, let seal, link(file, target) == 0 {
            return try PackFile.requireSeal(seal, on: target, named: source.path)
        }
        try PackFile.copy(file, seal: seal, to: target)
    }
}
