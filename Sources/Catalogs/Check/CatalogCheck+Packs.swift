import Diagnostics
import Digests
import Files
import SQLite

extension CatalogCheck {
    /// A pack as its row and its seal describe it.
    private struct PackRow {
        let id: Int
        let file: String
        let wasAdopted: Bool
        let seal: (digest: String, payloads: Int, bytes: Int)?
    }

    /// Looks at every pack and at every payload that a row names.
    mutating func lookAtPacks() throws(Failure) {
        let packs = try catalog.rows(
            """
            SELECT pack.id, file, made_as IS NOT NULL, sha256, payload_count, byte_count
            FROM pack LEFT JOIN pack_seal ON pack_id = pack.id ORDER BY pack.id
            """
        ) { row in
            PackRow(
                id: row.integer(0), file: row.text(1), wasAdopted: row.integer(2) == 1,
                seal: row.isNull(3) ? nil : (row.text(3), row.integer(4), row.integer(5)))
        }
        let names = try NamedPayloads(in: catalog)
        for pack in packs {
            attempt("pack \(pack.file)", .pack) { check throws(Failure) in
                do throws(Failure) {
                    try check.lookAt(pack, names)
                } catch {
                    let place = try? check.place(of: pack)
                    let cut = place.flatMap { PackPlace.truncation(of: $0.path) }.map { "; \($0)" } ?? ""
                    let rows = try names.passOver(pack.id)
                    throw Failure(error.kind, "\(error.summary)\(cut); rows that rest on it: \(rows)")
                }
            }
        }
        let known = Set(packs.map(\.file))
        guard FileKind(of: catalog.location.packs, followingLinks: true) != nil else { return }
        let found = try Folder(catalog.location.packs).entries()
        // Beside packs lie the locks of their writers, and journals that are in use.
        let companions = known.union(known.map { "\($0)-journal" })
        for file in found.names + found.unnamed
        where !companions.contains(file) && !file.utf8.reversed().starts(with: ".lock".utf8.reversed()) {
            add(.stray, "pack \(file): no row names this file")
        }
    }

    private mutating func lookAt(_ row: PackRow, _ names: NamedPayloads) throws(Failure) {
        let place = try place(of: row)
        // A digest is taken before SQLite opens the file, since closing a file drops the process's locks on it.
        if !isFast, let seal = row.seal, place.exists,
            try Digest(ofFile: place.resolved()).hex != seal.digest
        {
            add(.pack, "pack \(row.file): it is sealed, and its bytes have changed since")
        }
        let pack = try Pack(reading: place)
        if !isFast { for fault in try pack.faults() { add(.pack, "pack \(row.file): \(fault)") } }
        do throws(Failure) {
            try compare(pack, row, names)
        } catch {
            if error.isPassing { throw error }
            add(.pack, "pack \(row.file): \(error.summary)")
            try lookUp(names, in: pack, row)
        }
    }

    /// Compares the payloads of a pack with the rows that name them, both in the order of digests.
    private mutating func compare(
        _ pack: Pack, _ row: PackRow, _ names: NamedPayloads
    ) throws(Failure) {
        let payloads = try pack.payloads(withBytes: !isFast)
        defer { payloads.reset() }
        var (count, size, orphans) = (0, 0, 0)
        while try failing({ () throws(SQLiteError) in try payloads.step() }) {
            let digest = payloads.row.text(0)
            count += 1
            while let name = try names.name(in: row.id), name.digest.precedes(digest) {
                add(.payload, "\(name.title): pack \(row.file) lacks the payload \(name.digest)")
                try names.advance()
            }
            var (bytes, isIntact): ([UInt8]?, Bool) = (nil, true)
            if !isFast {
                // The bytes are copied only where a row says something of them.
                let (found, length) = payloads.row.withBytes(1) { (SHA256.digest(of: $0), $0.count) }
                size += length
                isIntact = found.hex == digest
                if isIntact, try names.name(in: row.id)?.digest == digest { bytes = payloads.row.bytes(1) }
            }
            var isNamed = false
            while let name = try names.name(in: row.id), name.digest == digest {
                isNamed = true
                try names.advance()
                guard !isFast else { continue }
                if let bytes {
                    try compare(bytes, name)
                } else {
                    add(.payload, "\(name.title): the payload \(digest) in pack \(row.file) has been altered")
                }
            }
            guard !isNamed else { continue }
            orphans += 1
            if !isIntact {
                add(.payload, "pack \(row.file): the payload \(digest) has been altered")
            }
        }
        while let name = try names.name(in: row.id) {
            add(.payload, "\(name.title): pack \(row.file) lacks the payload \(name.digest)")
            try names.advance()
        }
        if orphans > 0 { add(.stray, "pack \(row.file): no row names \(orphans) of its payloads") }
        guard let seal = row.seal else { return }
        if count != seal.payloads {
            add(.pack, "pack \(row.file): it was sealed with \(seal.payloads) payloads and has \(count)")
        } else if !isFast, size != seal.bytes {
            add(.pack, "pack \(row.file): it was sealed with \(seal.bytes) bytes of payloads and has \(size)")
        }
    }

    /// Looks for each payload by itself, where a pack cannot be read from beginning to end.
    private mutating func lookUp(_ names: NamedPayloads, in pack: Pack, _ row: PackRow) throws(Failure) {
        while let name = try names.name(in: row.id) {
            attempt(name.title, .payload) { check throws(Failure) in
                if check.isFast, try !pack.holds(name.digest) {
                    check.add(.payload, "\(name.title): pack \(row.file) lacks the payload \(name.digest)")
                } else if !check.isFast {
                    try check.compare(try pack.payload(name.digest), name)
                }
            }
            try names.advance()
        }
    }

    private func place(of pack: PackRow) throws(Failure) -> PackPlace {
        try catalog.location.pack(pack.file, wasAdopted: pack.wasAdopted)
    }
}

extension String {
    /// Whether SQLite sorts the text before another one.
    fileprivate func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
