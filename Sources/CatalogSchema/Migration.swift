import Digests

/// One step of the catalog's schema: a file of migrations/, embedded in the programs, frozen once it has landed.
public struct Migration: Sendable {
    /// Its place in the order, from 1.
    public let number: Int
    /// What it does ("create_catalog").
    public let name: String
    /// Its statements.
    public let sql: String

    /// The SHA-256 of the file's bytes, by which an edited migration is found out.
    public var digest: Digest { SHA256.digest(of: Array(sql.utf8)) }
}

/// The marks that a catalog file carries in its header.
public enum CatalogSchema {
    /// SQLite's `application_id` of a catalog: "Figm" in ASCII.
    public static let applicationID = 0x4669_676D

    /// The statements that all migrations together make, in the order of `Connection.schemaEntries`.
    public static let text: String = {
        let lines = snapshot.split(separator: "\n", omittingEmptySubsequences: false).drop {
            $0.hasPrefix("--")
        }
        return lines.joined(separator: "\n")
    }()

    /// SQLite's `user_version`: the number of the newest migration that these programs know.
    public static var version: Int { Migration.all.last?.number ?? 0 }
}
