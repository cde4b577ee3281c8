import CSQLite3
import CatalogSchema
import Diagnostics
import SQLite

/// What a database file says it is, read without changing it.
struct CatalogIdentity {
    let path: String
    let applicationID: Int
    let version: Int
    let tableCount: Int

    static func read(_ path: String) throws(Failure) -> CatalogIdentity {
        let location = try CatalogLocation(existing: path)
        let mode = try location.readingMode(named: path)
        return try failing { () throws(SQLiteError) in
            let connection = try Connection(location.file, mode, named: path, followingLinks: false)
            connection.keepLogOnClose()
            return try CatalogIdentity(of: connection, path: path)
        }
    }

    init(of connection: Connection, path: String) throws(SQLiteError) {
        self.path = path
        applicationID = try connection.integer("PRAGMA application_id")
        version = try connection.integer("PRAGMA user_version")
        tableCount = try connection.integer("SELECT count(*) FROM sqlite_schema")
    }

    /// Whether nobody has put anything into the file.
    var isBlank: Bool { applicationID == 0 && version == 0 && tableCount == 0 }

    /// Refuses what is no catalog, and a catalog that is newer than this program.
    func requireKnown() throws(Failure) {
        guard !isBlank else {
            throw Failure(.catalog, "\(path) is empty", hint: "Make it a catalog with 'figment init'.")
        }
        guard applicationID == CatalogSchema.applicationID else {
            throw Failure(
                .catalog, "\(path) is a database of another program, not a catalog",
                hint: "Name a catalog with --catalog.")
        }
        guard version <= CatalogSchema.version else {
            throw Failure(
                .catalog,
                "\(path) is a catalog of version \(version); this figment knows none past \(CatalogSchema.version)",
                hint: "Install a newer figment.")
        }
    }

    /// Refuses anything but a catalog of this program's version.
    func requireCurrent() throws(Failure) {
        try requireKnown()
        guard version == CatalogSchema.version else {
            throw Failure(
                .catalog,
                "\(path) is a catalog of version \(version), and this figment works on \(CatalogSchema.version)",
                hint: "Run 'figment migrate', which keeps a copy of the file as it is.")
        }
    }
}
