import CatalogSchema
import Diagnostics
import Digests
import Foundation
import SQLite

/// Something that a check has to say about a catalog.
public struct Finding: Hashable, Sendable {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// Something is lost or altered.
        case damage
        /// Something is there that nothing needs.
        case note
    }

    /// How bad it is.
    public let severity: Severity
    /// What it is, naming the table, row, pack or digest.
    public let message: String
}

extension Catalog {
    /// Looks for whatever is missing, altered, orphaned or out of order; changes and deletes nothing.
    ///
    /// - Parameter fast: leaves out what reads every byte: the contents of indices and of payloads.
    public func check(fast: Bool = false) throws(Failure) -> [Finding] {
        try reading { () throws(Failure) in
            try checkFile(fast: fast) + checkSchema() + checkReferences() + checkUIDs()
                + checkPacks(fast: fast)
        }
    }

    private func checkFile(fast: Bool) throws(Failure) -> [Finding] {
        try rows(fast ? "PRAGMA quick_check(100)" : "PRAGMA integrity_check(100)") { $0.text(0) }
            .filter { $0 != "ok" }.map { damage("the file: \($0)") }
    }

    /// Compares the schema with the one that the migrations make: a trigger less would let rows be changed.
    private func checkSchema() throws(Failure) -> [Finding] {
        let (own, expected) = try failing { () throws(SQLiteError) in
            let fresh = try Connection.inMemory()
            for migration in Migration.all { try fresh.runScript(migration.sql) }
            return (try connection.schemaEntries(), try fresh.schemaEntries())
        }
        let lost = Set(expected).subtracting(own).map {
            damage("the schema: \($0.title) is missing or altered")
        }
        let added = Set(own.map(\.title)).subtracting(expected.map(\.title)).map {
            Finding(severity: .note, message: "the schema: \($0) is not one of figment's")
        }
        return (lost + added).sorted { $0.message < $1.message }
    }

    private func checkReferences() throws(Failure) -> [Finding] {
        try rows("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT 100") { row in
            damage(
                "table \(row.text(0)), row \(row.integer(1)): the row of \(row.text(2)) that it names is missing"
            )
        }
    }

    private func checkUIDs() throws(Failure) -> [Finding] {
        let tables = try rows(
            """
            SELECT entity.name FROM sqlite_schema AS entity JOIN pragma_table_info(entity.name) AS field
            WHERE entity.type = 'table' AND field.name = 'uid' ORDER BY entity.name
            """
        ) { $0.text(0) }
        var findings: [Finding] = []
        for table in tables {
            findings += try rows("SELECT id FROM \(table) WHERE uid GLOB '*[^0-9a-f]*' LIMIT 100") { row in
                damage("table \(table), row \(row.integer(0)): the uid is not hexadecimal")
            }
        }
        return findings
    }

    private func checkPacks(fast: Bool) throws(Failure) -> [Finding] {
        let packs = try rows(
            """
            SELECT id, file, sha256, payload_count FROM pack LEFT JOIN pack_seal ON pack_id = pack.id ORDER BY file
            """
        ) { row in
            PackRow(
                id: row.integer(0), file: row.text(1), seal: row.optionalText(2),
                payloadCount: row.optionalInteger(3))
        }
        var findings: [Finding] = []
        for pack in packs {
            do {
                findings += try check(pack, fast: fast)
            } catch {
                findings.append(damage("pack \(pack.file): \(error.summary)"))
            }
        }
        let known = Set(packs.map(\.file))
        let files = (try? FileManager.default.contentsOfDirectory(atPath: location.packs)) ?? []
        for file in files.sorted() where file.hasSuffix(".sqlite") && !known.contains(file) {
            findings.append(Finding(severity: .note, message: "pack \(file): no row names this file"))
        }
        return findings
    }

    private struct PackRow {
        let id: Int
        let file: String
        let seal: String?
        let payloadCount: Int?
    }

    private func check(_ row: PackRow, fast: Bool) throws(Failure) -> [Finding] {
        let path = "\(location.packs)/\(row.file)"
        var findings: [Finding] = []
        // A digest is taken before SQLite opens the file, since closing a file drops the process's locks on it.
        if !fast, let seal = row.seal, FileStatus(path) != nil, try Digest(ofFile: path).hex != seal {
            findings.append(damage("pack \(row.file): it is sealed, and its bytes have changed since"))
        }
        let pack = try Pack(reading: path)
        if !fast { findings += try pack.faults().map { damage("pack \(row.file): \($0)") } }
        let held = try pack.digests()
        if let count = row.payloadCount, count != held.count {
            findings.append(
                damage("pack \(row.file): it was sealed with \(count) payloads and has \(held.count)"))
        }
        var orphans = held
        for (table, column) in [("conditioning", "payload_sha256"), ("image", "file_sha256")] {
            try forEachRow("SELECT id, \(column) FROM \(table) WHERE pack_id = ?", [.integer(row.id)]) {
                named in
                let digest = named.text(1)
                orphans.remove(digest)
                guard !held.contains(digest) else { return }
                findings.append(
                    damage(
                        "table \(table), row \(named.integer(0)): pack \(row.file) lacks the payload \(digest)"
                    ))
            }
        }
        if !orphans.isEmpty {
            let count = orphans.count
            findings.append(
                Finding(severity: .note, message: "pack \(row.file): no row names \(count) of its payloads"))
        }
        return findings
    }

    private func damage(_ message: String) -> Finding { Finding(severity: .damage, message: message) }
}
