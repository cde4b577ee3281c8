import Catalogs
import Diagnostics
import ImageCodecs

/// Catalogs that somebody has been at: their pages, their rows, their schema.
struct CatalogKind: Kind {
    enum Hand { case pages, cells, schema }

    private let hand: Hand
    private let copy: CatalogCopy

    init(_ material: Material, by hand: Hand) throws(Failure) {
        self.hand = hand
        copy = try CatalogCopy(material)
    }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        try copy.layOut(in: scratch)
        let path = "\(scratch.path)/\(CatalogCopy.file)"
        var isForeign = false
        switch hand {
        case .pages: try scratch.write(CatalogCopy.file, Tampering.pages(of: copy.catalog, &dice))
        case .cells: try Tampering.cell(of: path, &dice)
        case .schema: isForeign = try Tampering.schema(of: path, &dice)
        }
        let before = scratch.bytes(CatalogCopy.file)
        let findings = try Catalog.check(at: path, fast: dice.once(in: 3), readingImages: readPicture)
        guard scratch.bytes(CatalogCopy.file) == before else { throw .broken("a check changed the catalog") }
        if isForeign {
            guard findings.contains(where: { $0.severity == .damage }) else {
                throw .broken("a catalog with a foreign schema passes its check")
            }
            guard (try? Catalog.open(at: path, mode: .readOnly)) == nil else {
                throw .broken("a catalog with a foreign schema is opened")
            }
        }
        let catalog = try Catalog.open(at: path, mode: .readOnly)
        for view in ["generated", "kept", "lineage"] {
            let reader = try catalog.reader(limits: QueryLimits(seconds: 5))
            _ = try reader.query("SELECT * FROM \(view)") { _ in true }
        }
    }
}

/// Packs of which bytes are changed: what is read of one is what its digest says, or nothing is.
struct PackKind: Kind {
    private static let pack = "catalog/c.packs/0001.sqlite"
    private let copy: CatalogCopy

    init(_ material: Material) throws(Failure) { copy = try CatalogCopy(material) }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        try copy.layOut(in: scratch)
        let whole = scratch.bytes(Self.pack)
        let bytes = Tampering.pages(of: whole, &dice)
        try scratch.write(Self.pack, bytes)
        let result = Result { () throws(Failure) in try read("\(scratch.path)/\(CatalogCopy.file)") }
        guard scratch.bytes(Self.pack) == bytes else { throw .broken("a check changed a pack") }
        if !scratch.isKept { try scratch.write(Self.pack, whole) }
        try result.get()
    }

    private func read(_ path: String) throws(Failure) {
        let findings = try Catalog.check(at: path, readingImages: readPicture)
        let catalog = try Catalog.open(at: path, mode: .readOnly)
        let images = try catalog.rows("SELECT file_sha256, pack_id FROM image") {
            ($0.text(0), $0.integer(1))
        }
        // `payload` throws where the bytes are not those of the digest.
        for (sha256, pack) in images { _ = try catalog.payload(sha256, in: pack) }
        if let damage = findings.first(where: { $0.severity == .damage }) {
            throw Failure(.catalog, damage.message)
        }
    }
}

/// Shards that somebody has been at, brought into a sound catalog: it stays sound.
struct MergeKind: Kind {
    private let copy: CatalogCopy
    private let shard: FileTree

    init(_ material: Material) throws(Failure) {
        copy = try CatalogCopy(material)
        shard = try FileTree("\(material.made)/shards")
    }

    func attempt(_ dice: inout Dice, in scratch: Scratch) throws(Failure) {
        scratch.remove("catalog")
        scratch.remove("shards")
        try copy.layOut(in: scratch)
        try shard.write(to: "shards", in: scratch)
        let file = "shards/c-01.sqlite"
        switch dice.below(5) {
        case 0: try scratch.write(file, Tampering.pages(of: scratch.bytes(file), &dice))
        case 1: _ = try Tampering.schema(of: "\(scratch.path)/\(file)", &dice)
        case 2:
            let pack = dice.pick(
                shard.files.map(\.path).filter { $0.contains(".packs/") && $0.hasSuffix(".sqlite") })
            try scratch.write("shards/\(pack)", Tampering.pages(of: scratch.bytes("shards/\(pack)"), &dice))
        default: try Tampering.cell(of: "\(scratch.path)/\(file)", &dice)
        }
        let path = "\(scratch.path)/\(CatalogCopy.file)"
        let isCopying = dice.once(in: 2)
        let result = Result { () throws(Failure) in
            let catalog = try Catalog.open(at: path)
            return try catalog.merge(
                shard: "\(scratch.path)/\(file)", copying: isCopying, readingImages: readPicture
            ) { () throws(Failure) in
                try Run.begin(
                    in: Catalog.open(at: path), program: "fuzz", version: "0", options: [:], seed: nil,
                    threads: 1)
            }
        }
        let damage = try Catalog.check(at: path, readingImages: readPicture).first { $0.severity == .damage }
        if let damage { throw .broken("a merge let damage in: \(damage.message)") }
        if let refusal = try result.get().refusals.first { throw Failure(.badInput, refusal.reason) }
    }
}

/// A sound catalog with its packs, laid out anew for each case.
struct CatalogCopy {
    static let file = "catalog/c.sqlite"
    let catalog: [UInt8]
    private let packs: FileTree

    init(_ material: Material) throws(Failure) {
        let tree = try FileTree("\(material.made)/catalog")
        catalog = tree.files.first { $0.path == "c.sqlite" }?.bytes ?? []
        packs = tree.filter { $0.contains(".packs/") && $0.hasSuffix(".sqlite") }
        guard !catalog.isEmpty, !packs.files.isEmpty else {
            throw Failure(
                .missingResource, "there is no catalog in \(material.made)", hint: "Run tools/fuzz.")
        }
    }

    /// Writes the catalog, and the packs unless they are there.
    func layOut(in scratch: Scratch) throws(Failure) {
        for ending in ["-wal", "-shm", "-journal", ".lock"] { scratch.remove(Self.file + ending) }
        try scratch.write(Self.file, catalog)
        for pack in packs.files where scratch.bytes("catalog/\(pack.path)").isEmpty {
            try scratch.write("catalog/\(pack.path)", pack.bytes)
        }
    }
}

/// Reads a picture as the check of a catalog does.
let readPicture: Catalog.ImageReader = { bytes, stated throws(Failure) in
    let limits = stated.map { ImageLimits.stated(width: $0.width, height: $0.height, bytes: bytes.count) }
    let (picture, format) = try ImageFile.decode(bytes, name: "it", limits: limits ?? ImageLimits())
    return ImageFacts(
        format: format.rawValue, width: picture.width, height: picture.height, pixels: picture.pixelDigest)
}
