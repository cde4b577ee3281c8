import CatalogSchema
import Diagnostics
import Files
import Glibc
import SQLite

extension Catalog {
    /// What became of a request to make a catalog.
    public enum Creation: Sendable {
        /// The file is new, or was empty.
        case made
        /// The file is a catalog of this version already, and was left alone.
        case alreadyThere
    }

    /// Makes a catalog.
    ///
    /// - Parameters:
    ///   - path: the file; its folder must exist.
    ///   - version: the program's version, for the record.
    /// - Throws: catalog where the file is something else, or of another version; io where it cannot be written.
    @discardableResult
    public static func create(at path: String, version: String) throws(Failure) -> Creation {
        try create(at: path, version: version, Migration.all)
    }

    @discardableResult
    static func create(
        at path: String, version: String, _ migrations: [Migration]
    ) throws(Failure) -> Creation {
        _ = try Path.absolute(path)
        if let status = FileStatus(path), !status.isRegular {
            throw Failure(.catalog, "\(path) is no file", hint: "Name a file that does not exist yet.")
        }
        if (FileStatus(path)?.size ?? 0) > 0 {
            let identity = try CatalogIdentity.read(path)
            if !identity.isBlank {
                try identity.requireCurrent()
                return .alreadyThere
            }
        }
        // The file must be there before its companions can be placed; an empty one is completed by a later init.
        _ = try failing { () throws(SQLiteError) in
            let connection = try Connection(path, .create)
            connection.keepLogOnClose()
            return try connection.integer("PRAGMA user_version")
        }
        let location = try CatalogLocation(existing: path)
        try bringUpToDate(path, location, migrations, version: version)
        return .made
    }

    /// What a migration did.
    public struct MigrationReport: Sendable {
        /// The version before.
        public let from: Int
        /// The version now.
        public let to: Int
        /// The copy of the catalog as it was; nil where there was nothing to do.
        public let backup: String?
    }

    /// Brings a catalog to this program's version, after copying it beside itself.
    ///
    /// - Parameters:
    ///   - path: the catalog.
    ///   - version: the program's version, for the record.
    /// - Throws: catalog where the file is none, or newer; io where it or the copy cannot be written.
    public static func migrate(at path: String, version: String) throws(Failure) -> MigrationReport {
        try migrate(at: path, version: version, Migration.all)
    }

    static func migrate(
        at path: String, version: String, _ migrations: [Migration]
    ) throws(Failure) -> MigrationReport {
        let location = try CatalogLocation(existing: path)
        let identity = try CatalogIdentity.read(path)
        try identity.requireKnown()
        let target = migrations.last?.number ?? 0
        guard identity.version < target else {
            return MigrationReport(from: identity.version, to: identity.version, backup: nil)
        }
        let (present, backup) = try bringUpToDate(
            path, location, migrations, version: version, keepingCopy: true)
        return MigrationReport(from: present, to: max(present, target), backup: backup)
    }

    /// Applies the migrations that are missing, under the lock, in one transaction.
    ///
    /// - Returns: the version before, and where the copy is.
    @discardableResult
    private static func bringUpToDate(
        _ path: String, _ location: CatalogLocation, _ migrations: [Migration], version: String,
        keepingCopy: Bool = false
    ) throws(Failure) -> (from: Int, backup: String?) {
        let connection = try connect(path, location, .readWrite)
        return try WriteLock(path: location.lock, catalog: path).hold { () throws(Failure) in
            // Read here, since another process may have been faster.
            let present = try failing { () throws(SQLiteError) in
                try connection.integer("PRAGMA user_version")
            }
            let missing = migrations.filter { $0.number > present }
            if present > 0 {
                try SchemaDeviation.refuseAny(
                    of: connection, named: path, after: migrations.filter { $0.number <= present })
            }
            guard let target = missing.last?.number else { return (present, nil) }
            let backup = keepingCopy ? freeName(location.stem + ".before-v\(target)") : nil
            if let backup { try copy(connection, to: backup) }
            try failing { () throws(SQLiteError) in
                try connection.run("PRAGMA journal_mode = WAL")
                try connection.transaction { () throws(SQLiteError) in
                    for migration in missing { try apply(migration, to: connection, version: version) }
                }
                try connection.run("PRAGMA wal_checkpoint(TRUNCATE)")
            }
            return (present, backup)
        }
    }

    /// Copies the catalog into a file that has its name only when it is whole.
    private static func copy(_ connection: Connection, to path: String) throws(Failure) {
        let partial = path + ".partial"
        unlink(partial)
        defer { unlink(partial) }
        try failing { () throws(SQLiteError) in try connection.copy(to: partial) }
        guard rename(partial, path) == 0 else {
            throw Failure(
                .io, "the copy \(path) cannot be written: \(String(cString: strerror(errno)))",
                hint: "Check the permissions of its folder.")
        }
    }

    private static func apply(
        _ migration: Migration, to connection: Connection, version: String
    ) throws(SQLiteError) {
        try connection.runScript(migration.sql)
        try connection.run(
            "INSERT INTO migration (number, name, sha256, applied_at, version) VALUES (?, ?, ?, ?, ?)",
            [
                .integer(migration.number), .text(migration.name), .text(migration.digest.hex),
                .text(Machine.timestamp), .text(version),
            ])
        try connection.run("PRAGMA application_id = \(CatalogSchema.applicationID)")
        try connection.run("PRAGMA user_version = \(migration.number)")
    }

    /// A path with this stem that no file has yet.
    private static func freeName(_ stem: String) -> String {
        let numbered = (2...).lazy.map { "\(stem)-\($0).sqlite" }
        let first = "\(stem).sqlite"
        return access(first, F_OK) != 0 ? first : numbered.first { access($0, F_OK) != 0 } ?? first
    }
}
