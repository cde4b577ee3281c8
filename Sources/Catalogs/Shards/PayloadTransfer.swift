import Diagnostics
import Digests
import Files
import SQLite

/// Sees to it that every payload that a new row names is here before the row is: adopts the other catalog's packs, or
/// puts single payloads into packs of this one.
final class PayloadTransfer {
    /// How packs come here.
    enum Manner {
        /// As symbolic links to the other catalog's files.
        case reference
        /// As copies of the files.
        case copy
    }

    private let transfer: RowTransfer
    private let predecessors: () -> Void
    private let begin: () throws(Failure) -> Run
    private var writer: PayloadWriter?
    private var reader: Catalog.ImageReader?
    private var catalog: Catalog { transfer.catalog }

    /// - Parameters:
    ///   - predecessors: waits for those that were at work here before, whose rows may still be missing.
    ///   - begin: gives the run under which this catalog's own packs are begun, when one is needed.
    init(
        _ transfer: RowTransfer, after predecessors: @escaping () -> Void = {},
        begin: @escaping () throws(Failure) -> Run
    ) {
        self.transfer = transfer
        self.predecessors = predecessors
        self.begin = begin
    }

    /// A pack of the other catalog.
    struct OtherPack {
        let id: Int
        let uid: String
        let file: String
        let place: PackPlace
        /// The digest with which it is sealed.
        let seal: String?
        /// The pack here with its uid, and its file.
        var known: (id: Int, place: PackPlace, seal: String?)?
    }

    // Splitting: everything goes into packs of this catalog.

    /// Copies the payloads of all new rows into packs of this catalog, which are sealed then.
    func placeAll() throws(Failure) {
        for pack in try packs() {
            let source = try Pack(reading: pack.place)
            try forEachNamed(by: pack) { batch throws(Failure) in
                try place(batch, from: source) { _, failure throws(Failure) in throw failure }
            }
        }
        try writer?.close(sealing: true)
        writer = nil
        try transfer.run("DELETE FROM temp.map_pack")
    }

    // Merging

    /// Adopts the packs whose payloads new rows name, each proved; refuses the rows whose payload is missing, altered,
    /// or not what they say.
    ///
    /// - Parameter reader: reads pictures; without it they are only compared with the sizes of their files.
    /// - Returns: the files that are new here.
    func adoptPacks(_ manner: Manner, _ reader: Catalog.ImageReader?) throws(Failure) -> [String] {
        self.reader = reader
        try refuseRowsWithoutPack()
        var adopted: [String] = []
        for var pack in try packs() {
            if pack.known == nil, try home(of: pack).exists {
                predecessors()
                pack.known = try known(pack.uid)
            }
            if let known = pack.known, known.place.exists {
                try settle(pack, known.place)
                if manner == .copy, known.place.isLink {
                    try PackFile.copy(
                        known.place.resolved(), seal: known.seal ?? pack.seal, to: known.place.path)
                    adopted.append(pack.file)
                }
            } else if try adopt(pack, manner) {
                adopted.append(pack.file)
            }
        }
        try writer?.close()
        writer = nil
        return adopted
    }

    /// The pack is here: what it lacks, as when the shard's has grown and this is a copy, is put into another.
    private func settle(_ pack: OtherPack, _ place: PackPlace) throws(Failure) {
        let isSame = FileStatus.isSame(place.path, pack.place.path)
        let own = try PayloadProof(of: Pack(reading: place), reader)
        let isSettled = try countNamed(by: pack) == 0 && pack.known?.seal != nil
        if isSame, !isSettled, try isSealIntact(pack, own.pack) { try takeSeal(pack) }
        let other: PayloadProof? =
            isSame
            ? nil
            : try readable { () throws(Failure) in try PayloadProof(of: Pack(reading: pack.place), reader) }
        try forEachNamed(by: pack) { batch throws(Failure) in
            let lost = try prove(batch, own, pack).lost
            guard !lost.isEmpty else { return }
            guard let other else { return try refuse(lost, pack) }
            try placeProven(lost, other, pack)
        }
    }

    /// The pack is not here, or its file is gone: the file is taken over if all that is in it is sound.
    private func adopt(_ pack: OtherPack, _ manner: Manner) throws(Failure) -> Bool {
        guard let other = try readable({ () throws(Failure) in try Pack(reading: pack.place) }) else {
            try forEachNamed(by: pack) { batch throws(Failure) in try refuse(batch, pack) }
            if pack.known == nil { try leaveOut(pack) }
            return false
        }
        guard try countNamed(by: pack) > 0 || pack.known != nil else {
            try leaveOut(pack)
            return false
        }
        let proof = try PayloadProof(of: other, reader)
        var isSound = try isIntact(pack, other)
        try forEachNamed(by: pack) { batch throws(Failure) in
            let lost = try prove(batch, proof, pack).lost
            if !lost.isEmpty { isSound = false }
            try refuse(lost, pack)
        }
        if let known = pack.known, isSound { isSound = try holds(all: known.id, other) }
        guard isSound else {
            try transfer.refuseDependents()
            try forEachNamed(by: pack) { batch throws(Failure) in try placeProven(batch, proof, pack) }
            if pack.known == nil { try leaveOut(pack) }
            return false
        }
        _ = try Folder.make(catalog.location.packs)
        let ownHome = try home(of: pack)
        let home = pack.known?.place ?? ownHome
        switch manner {
        case .reference: try PackFile.link(to: pack.place.path, at: home.path)
        case .copy: try PackFile.copy(pack.place.resolved(), seal: pack.seal, to: home.path)
        }
        if pack.seal != nil { try takeSeal(pack) }
        return true
    }

    /// Refuses the rows whose payload is not what they say; gives the others: whose is sound, and whose is lost.
    private func prove(
        _ rows: [NamingRow], _ proof: PayloadProof, _ pack: OtherPack
    ) throws(Failure) -> (sound: [NamingRow], lost: [NamingRow]) {
        var (sound, lost): ([NamingRow], [NamingRow]) = ([], [])
        for (row, verdict) in zip(rows, try proof.verdicts(on: rows)) {
            switch verdict {
            case .sound: sound.append(row)
            case .lost: lost.append(row)
            case .untrue(let reason): try transfer.refuse(row.table, row.id, row.uid, reason)
            }
        }
        return (sound, lost)
    }

    /// Puts the payloads of rows into packs of this catalog, and refuses the rows for which that cannot be done.
    private func placeProven(
        _ rows: [NamingRow], _ proof: PayloadProof, _ pack: OtherPack
    ) throws(Failure) {
        let (sound, lost) = try prove(rows, proof, pack)
        try refuse(lost, pack)
        try place(sound, from: proof.pack) { row, _ throws(Failure) in try refuse([row], pack) }
    }

    /// Takes no row of a pack that no row here is going to need.
    private func leaveOut(_ pack: OtherPack) throws(Failure) {
        try transfer.run("DELETE FROM temp.map_pack WHERE theirs = ?", [.integer(pack.id)])
    }

    /// The seal comes here along with the pack.
    private func takeSeal(_ pack: OtherPack) throws(Failure) {
        try transfer.run("INSERT OR IGNORE INTO temp.sealed VALUES (?)", [.integer(pack.id)])
    }

    /// Whether a pack holds all that rows here name in it.
    private func holds(all id: Int, _ pack: Pack) throws(Failure) -> Bool {
        for (table, column) in payloadColumns {
            var isWhole = true
            try catalog.forEachRow("SELECT \(column) FROM main.\(table) WHERE pack_id = ?", [.integer(id)]) {
                row throws(Failure) in
                if isWhole { isWhole = try pack.holds(row.text(0)) }
            }
            if !isWhole { return false }
        }
        return true
    }

    /// Whether a pack is undamaged, all payloads in it are those of their digests, and it is still what it was sealed
    /// as, if it was.
    private func isIntact(_ row: OtherPack, _ pack: Pack) throws(Failure) -> Bool {
        if row.seal != nil, try !isSealIntact(row, pack) { return false }
        guard try pack.faults().isEmpty else { return false }
        return try pack.isUnaltered()
    }

    /// Whether a sealed pack is still what it was sealed as.
    private func isSealIntact(_ row: OtherPack, _ pack: Pack) throws(Failure) -> Bool {
        guard let seal = row.seal, try Digest(ofFile: row.place.resolved()).hex == seal else { return false }
        let said = try catalog.rows(
            "SELECT payload_count, byte_count FROM other.pack_seal WHERE pack_id = ?", [.integer(row.id)]
        ) { ($0.integer(0), $0.integer(1)) }
        let extent = try pack.extent()
        return said.allSatisfy { $0 == (extent.payloads, extent.bytes) }
    }

    // What new rows name

    private func packs() throws(Failure) -> [OtherPack] {
        try catalog.rows(
            """
            SELECT entity.id, entity.uid, entity.file, theirs.sha256, entity.made_as IS NOT NULL
            FROM temp.map_pack AS map
            JOIN other.pack AS entity ON entity.id = map.theirs
            LEFT JOIN other.pack_seal AS theirs ON theirs.pack_id = entity.id
            ORDER BY entity.id
            """
        ) { [transfer] row throws(Failure) in
            let (uid, file) = (row.text(1), row.text(2))
            guard UID(hex: uid) != nil else {
                throw Failure(
                    .catalog, "the pack '\(file)' of the shard has the uid '\(uid)', which is none",
                    hint: "Do not use this shard: it has been tampered with.")
            }
            let place = try transfer.origin.pack(file, wasAdopted: row.integer(4) == 1)
            try failing { () throws(SQLiteError) in try Connection.refuseSuperJournal(of: place.path) }
            return OtherPack(
                id: row.integer(0), uid: uid, file: file, place: place, seal: row.optionalText(3),
                known: try known(uid))
        }
    }

    /// The pack here with a uid.
    private func known(_ uid: String) throws(Failure) -> (id: Int, place: PackPlace, seal: String?)? {
        try catalog.rows(
            """
            SELECT own.id, own.file, seal.sha256, own.made_as IS NOT NULL
            FROM main.pack AS own LEFT JOIN main.pack_seal AS seal ON seal.pack_id = own.id WHERE own.uid = ?
            """, [.text(uid)]
        ) { [catalog] row throws(Failure) in
            (
                id: row.integer(0),
                place: try catalog.location.pack(row.text(1), wasAdopted: row.integer(3) == 1),
                seal: row.optionalText(2)
            )
        }.first
    }

    /// Where a pack that comes here as a whole comes to lie.
    private func home(of pack: OtherPack) throws(Failure) -> PackPlace {
        try catalog.location.pack("\(pack.uid).sqlite", wasAdopted: true)
    }

    private func countNamed(by pack: OtherPack) throws(Failure) -> Int {
        var count = 0
        for (table, _) in payloadColumns {
            count += try catalog.integer(
                """
                SELECT count(*) FROM temp.map_\(table) AS own
                CROSS JOIN other.\(table) AS entity ON entity.id = own.theirs
                WHERE own.ours IS NULL AND entity.pack_id = ?
                """, [.integer(pack.id)])
        }
        return count
    }

    /// Runs `body` on the new rows that name a payload in a pack, some at a time.
    private func forEachNamed(
        by pack: OtherPack, _ body: ([NamingRow]) throws(Failure) -> Void
    ) throws(Failure) {
        for (table, column) in payloadColumns {
            var last = Int.min
            while true {
                let batch = try catalog.rows(
                    """
                    SELECT own.theirs, entity.uid, entity.\(column), \(PayloadClaim.columns(of: table))
                    FROM temp.map_\(table) AS own
                    CROSS JOIN other.\(table) AS entity ON entity.id = own.theirs
                    WHERE own.ours IS NULL AND own.theirs > ? AND entity.pack_id = ?
                    ORDER BY own.theirs LIMIT 500
                    """, [.integer(last), .integer(pack.id)]
                ) { row in
                    NamingRow(
                        table: table, id: row.integer(0), uid: row.text(1), sha256: row.text(2),
                        claim: PayloadClaim(of: table, row, at: 3))
                }
                guard let end = batch.last else { break }
                last = end.id
                try body(batch)
            }
        }
    }

    /// Puts payloads into packs of this catalog; those that are missing or altered go to `lose`.
    private func place(
        _ rows: [NamingRow], from source: Pack, lose: (NamingRow, Failure) throws(Failure) -> Void
    ) throws(Failure) {
        var rest = rows[...]
        while !rest.isEmpty {
            var (found, bytes, size): ([NamingRow], [[UInt8]], Int) = ([], [], 0)
            while let row = rest.first, size < 16 << 20 {
                rest.removeFirst()
                do throws(Failure) {
                    bytes.append(try source.payload(row.sha256))
                    found.append(row)
                    size += bytes[bytes.count - 1].count
                } catch {
                    if error.isPassing { throw error }
                    try lose(row, error)
                }
            }
            guard !found.isEmpty else { continue }
            let writer: PayloadWriter
            if let open = self.writer {
                writer = open
            } else {
                writer = catalog.payloadWriter(run: try begin())
            }
            self.writer = writer
            for (row, stored) in zip(found, try writer.put(bytes)) {
                try transfer.run(
                    "INSERT OR REPLACE INTO temp.placed VALUES (?, ?, ?)",
                    [.text(row.table), .integer(row.id), .integer(stored.packID)])
            }
        }
    }

    private func refuse(_ rows: [NamingRow], _ pack: OtherPack) throws(Failure) {
        for row in rows {
            try transfer.refuse(
                row.table, row.id, row.uid,
                "its payload \(row.sha256) is missing or altered in the shard's pack \(pack.file)")
        }
    }

    private func refuseRowsWithoutPack() throws(Failure) {
        for (table, _) in payloadColumns {
            try transfer.run(
                """
                INSERT OR IGNORE INTO temp.refused
                SELECT '\(table)', own.theirs, entity.uid, 'the pack of its payload is refused, or missing from the shard'
                FROM temp.map_\(table) AS own CROSS JOIN other.\(table) AS entity ON entity.id = own.theirs
                WHERE own.ours IS NULL
                AND NOT EXISTS (SELECT 1 FROM temp.map_pack WHERE theirs = entity.pack_id)
                """)
        }
        try transfer.refuseDependents()
    }
}
