import CSQLite3
import CatalogSchema
import Diagnostics
import Files
import SQLite

extension CatalogCheck {
    /// Whether a file can be looked at as a catalog of this version; adds what is wrong with the marks that say so.
    ///
    /// - Throws: catalog where it is nothing of the kind, or of another version.
    static func identify(
        _ path: String, _ location: CatalogLocation, _ findings: inout Findings
    ) throws(Failure) -> Bool {
        let mode = try location.readingMode(named: path)
        let marks: (application: Int, version: Int)
        do throws(SQLiteError) {
            let connection = try Connection(path, mode)
            connection.keepLogOnClose()
            marks = (
                try connection.integer("PRAGMA application_id"), try connection.integer("PRAGMA user_version")
            )
        } catch {
            switch error.primaryCode {
            case SQLITE_NOTADB where try beginsAlike(path):
                findings.add(.file, "page 1: the header is damaged, so that nothing behind it can be read")
            case SQLITE_CORRUPT:
                findings.add(.file, PackPlace.truncation(of: path) ?? "page 1: \(error.message)")
            default: throw Failure(error)
            }
            return false
        }
        let isMarked = marks.application == CatalogSchema.applicationID
        let catalog: Catalog
        let recorded: [Recorded]
        do throws(Failure) {
            let connection = try Catalog.connect(path, location, .readOnly)
            catalog = Catalog(path: path, location: location, connection: connection)
            recorded = try catalog.rows("SELECT number, name, sha256 FROM migration ORDER BY number") {
                Recorded(number: $0.integer(0), name: $0.text(1), digest: $0.text(2))
            }
        } catch {
            guard isMarked, error.kind == .catalog || error.kind == .badInput else {
                try CatalogIdentity.read(path).requireCurrent()
                throw error
            }
            findings.add(.file, "the table migration cannot be read: \(error.summary)")
            return error.kind == .badInput
        }
        let known = Migration.all.map(Recorded.init)
        if !isMarked {
            guard recorded == known else {
                try CatalogIdentity.read(path).requireCurrent()
                return false
            }
            findings.add(
                .file,
                "page 1: application_id is \(marks.application), not \(CatalogSchema.applicationID), the catalogs' own"
            )
        }
        let last = recorded.last?.number ?? 0
        if marks.version == last, last != CatalogSchema.version {
            try CatalogIdentity.read(path).requireCurrent()
        } else if marks.version != last {
            findings.add(
                .migration, "user_version is \(marks.version), and the last migration recorded is \(last)")
        }
        compare(recorded, known, &findings)
        return true
    }

    /// A step of the schema as it is recorded in a catalog, or known to this program.
    private struct Recorded: Equatable {
        let number: Int
        let name: String
        let digest: String

        init(number: Int, name: String, digest: String) {
            (self.number, self.name, self.digest) = (number, name, digest)
        }

        init(_ migration: Migration) {
            self.init(number: migration.number, name: migration.name, digest: migration.digest.hex)
        }
    }

    private static func compare(_ recorded: [Recorded], _ known: [Recorded], _ findings: inout Findings) {
        for migration in known {
            let title = "migration \(migration.number) (\(migration.name))"
            guard let own = recorded.first(where: { $0.number == migration.number }) else {
                findings.add(.migration, "\(title): it is not recorded")
                continue
            }
            if own.name != migration.name {
                findings.add(.migration, "\(title): it is recorded as \(own.name)")
            }
            if own.digest != migration.digest {
                findings.add(.migration, "\(title): the digest recorded is not that of figment's own file")
            }
        }
        for own in recorded where !known.contains(where: { $0.number == own.number }) {
            findings.add(.migration, "migration \(own.number) (\(own.name)): it is not one of figment's")
        }
    }

    /// Whether at least half of a file's first bytes are those of an SQLite database.
    private static func beginsAlike(_ path: String) throws(Failure) -> Bool {
        let magic = Array("SQLite format 3\0".utf8)
        let file = try InputFile(path)
        let start = try file.bytes(at: 0, count: min(file.size, magic.count))
        return zip(magic, start).count { $0 == $1 } >= magic.count / 2
    }
}
