import CSQLite3
import Diagnostics
import Digests
import Files
import Glibc
import SQLite

/// One file of payloads, addressed by their SHA-256: `animals.packs/0001.sqlite`.
///
/// A pack has one writer at a time and a rollback journal: large blobs are written once, not into a log first.
final class Pack {
    /// SQLite's `application_id` of a pack: "FigP" in ASCII.
    static let applicationID = 0x4669_6750
    /// The most bytes that are read of a payload.
    private static let payloadBytes = 512 << 20
    private static let table =
        "CREATE TABLE payload (sha256 TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) STRICT"

    /// The file.
    let path: String
    private let connection: Connection

    /// Opens a pack for reading; one that a link leads to is another catalog's, and nothing is done to it.
    ///
    /// - Throws: what `PackPlace.resolved` throws; catalog where it is no pack.
    init(reading place: PackPlace) throws(Failure) {
        path = place.path
        let file = try place.resolved()
        // Writable where possible, so that a journal which a killed writer left can be rolled back.
        let mode: Connection.Mode = !place.isLink && access(file, W_OK) == 0 ? .readWrite : .readOnly
        connection = try failing { [path] () throws(SQLiteError) in
            let connection = try Connection(file, mode, named: path, followingLinks: false)
            connection.defend()
            connection.setLimit(SQLITE_LIMIT_LENGTH, Self.payloadBytes)
            try connection.run("PRAGMA query_only = ON")
            return connection
        }
        try requirePack()
    }

    /// Opens a pack for writing, and makes it where there is none.
    init(writing path: String) throws(Failure) {
        self.path = path
        connection = try failing { () throws(SQLiteError) in
            let connection = try Connection(path, .create, followingLinks: false)
            connection.defend()
            try connection.run("PRAGMA journal_mode = TRUNCATE")
            try connection.run("PRAGMA synchronous = FULL")
            try connection.transaction { () throws(SQLiteError) in
                guard try connection.integer("SELECT count(*) FROM sqlite_schema") == 0 else { return }
                try connection.run(Self.table)
                try connection.run("PRAGMA application_id = \(Self.applicationID)")
            }
            return connection
        }
        try requirePack()
    }

    private func requirePack() throws(Failure) {
        let isPack = try failing { () throws(SQLiteError) in
            let schema = try connection.schemaEntries()
            return try connection.integer("PRAGMA application_id") == Self.applicationID
                && schema.map(\.sql) == [Self.table]
        }
        guard isPack else {
            throw Failure(
                .catalog, "\(path) is not a pack of payloads", hint: "Move it out of the folder of packs.")
        }
    }

    /// Keeps payloads, all or none, on the disk when it returns; gives their digests.
    func put(_ payloads: [[UInt8]]) throws(Failure) -> [Digest] {
        try failing { () throws(SQLiteError) in
            try connection.transaction { () throws(SQLiteError) in
                var digests: [Digest] = []
                for bytes in payloads {
                    let digest = SHA256.digest(of: bytes)
                    try connection.run(
                        "INSERT INTO payload (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING",
                        [.text(digest.hex), .blob(bytes)])
                    digests.append(digest)
                }
                return digests
            }
        }
    }

    /// The payload with a digest, proved to be it.
    ///
    /// - Throws: catalog where it is missing or has been altered, naming pack and digest.
    func payload(_ sha256: String) throws(Failure) -> [UInt8] {
        guard let bytes = try stored(sha256) else {
            throw Failure(
                .catalog, "the pack \(path) lacks the payload \(sha256)",
                hint: "Restore the pack from a copy; 'figment check' lists all that is missing.")
        }
        guard SHA256.digest(of: bytes).hex == sha256 else {
            throw Failure(
                .catalog, "the payload \(sha256) in the pack \(path) has been altered",
                hint: "Restore the pack from a copy; 'figment check' lists all that is altered.")
        }
        return bytes
    }

    /// The bytes under a digest, which may be other bytes; nil where there are none.
    func stored(_ sha256: String) throws(Failure) -> [UInt8]? {
        let value = try failing { () throws(SQLiteError) in
            try connection.value("SELECT bytes FROM payload WHERE sha256 = ?", [.text(sha256)])
        }
        return if case .blob(let bytes) = value { bytes } else { nil }
    }

    /// Whether every payload is that of its digest.
    func isUnaltered() throws(Failure) -> Bool {
        // In the order in which they lie in the file.
        let payloads = try failing { () throws(SQLiteError) in
            try connection.statement("SELECT sha256, bytes FROM payload ORDER BY rowid")
        }
        defer { payloads.reset() }
        while try failing({ () throws(SQLiteError) in try payloads.step() }) {
            let digest = payloads.row.withBytes(1) { SHA256.digest(of: $0) }
            guard digest.hex == payloads.row.text(0) else { return false }
        }
        return true
    }

    /// Keeps up to 16 MiB of pages in memory, as pays where many payloads are asked for by their digests.
    func keepPages() throws(Failure) {
        try failing { () throws(SQLiteError) in try connection.run("PRAGMA cache_size = -16384") }
    }

    /// Runs `body` under one shared lock instead of one for each payload; a writer waits as long, so be brief.
    func reading<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        try failing { () throws(SQLiteError) in try connection.run("BEGIN") }
        defer { connection.rollBack() }
        return try body()
    }

    /// Whether there is no payload.
    var isEmpty: Bool {
        get throws(Failure) {
            try failing { () throws(SQLiteError) in
                try connection.integer("SELECT EXISTS (SELECT 1 FROM payload)") == 0
            }
        }
    }

    /// The number of payloads and the sum of their sizes.
    func extent() throws(Failure) -> (payloads: Int, bytes: Int) {
        try failing { () throws(SQLiteError) in
            (
                try connection.integer("SELECT count(*) FROM payload"),
                try connection.integer("SELECT coalesce(sum(length(bytes)), 0) FROM payload")
            )
        }
    }

    /// Whether there is a payload with a digest; its bytes are not read.
    func holds(_ sha256: String) throws(Failure) -> Bool {
        try failing { () throws(SQLiteError) in
            try connection.integer("SELECT count(*) FROM payload WHERE sha256 = ?", [.text(sha256)]) > 0
        }
    }

    /// The payloads in the order of their digests: with their bytes in column 1, or the digests alone in column 0.
    func payloads(withBytes: Bool) throws(Failure) -> Statement {
        try failing { () throws(SQLiteError) in
            try connection.statement(
                "SELECT sha256\(withBytes ? ", bytes" : "") FROM payload ORDER BY sha256")
        }
    }

    /// What SQLite finds wrong inside the file.
    ///
    /// - Throws: outOfMemory, which says nothing about the file.
    func faults() throws(Failure) -> [String] {
        var faults: [String] = []
        do throws(SQLiteError) {
            let integrity = try connection.statement("PRAGMA integrity_check(20)")
            defer { integrity.reset() }
            while try integrity.step() { faults.append(integrity.row.text(0)) }
        } catch {
            let failure = Failure(error)
            if failure.isPassing { throw failure }
            faults.append(error.message)
        }
        return faults.flatMap { $0.split(separator: "\n").map(String.init) }
            .filter { $0 != "ok" && !$0.hasPrefix("*** in database") }
    }
}

extension Catalog {
    /// The bytes of a payload, proved to be what their digest says.
    ///
    /// - Parameters:
    ///   - sha256: the digest as rows name it, 64 hexadecimal digits.
    ///   - pack: the id of the pack it is in.
    /// - Throws: missingResource where the pack's file is missing; catalog where the payload is missing or has been
    ///   altered, naming pack and digest.
    public func payload(_ sha256: String, in pack: Int) throws(Failure) -> [UInt8] {
        if let open = packs[pack] { return try open.payload(sha256) }
        guard
            let place = try rows(
                "SELECT file, made_as IS NOT NULL FROM pack WHERE id = ?", [.integer(pack)],
                { row throws(Failure) in try location.pack(row.text(0), wasAdopted: row.integer(1) == 1) }
            ).first
        else {
            throw Failure(.catalog, "\(path) has no pack \(pack)", hint: "Run 'figment check'.")
        }
        let opened = try Pack(reading: place)
        if packs.count >= 32 { packs.removeAll() }
        packs[pack] = opened
        return try opened.payload(sha256)
    }
}
