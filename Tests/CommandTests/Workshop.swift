import Catalogs
import Diagnostics
import Foundation
import SQLite
import TestSupport
import Testing

/// A catalog of a test's own, and the programs run on it.
final class Workshop: Sendable {
    let folder: TemporaryFolder
    /// The catalog's path.
    let catalog: String

    /// A folder where there is no catalog yet.
    init() throws {
        folder = try TemporaryFolder()
        catalog = folder.path("trial.sqlite")
    }

    /// A copy of another workshop's catalog and packs.
    convenience init(copying other: Workshop) throws {
        try self.init()
        try other.copy(to: self)
    }

    /// Copies the catalog, its packs, its shards and photographs into a workshop that has none.
    func copy(to other: Workshop) throws {
        for name in ["trial.sqlite", "trial.packs", "shards", "photographs"]
        where FileManager.default.fileExists(atPath: folder.path(name)) {
            try FileManager.default.copyItem(atPath: folder.path(name), toPath: other.folder.path(name))
        }
    }

    /// Runs `figment` on this catalog, in this folder.
    func figment(_ words: String...) throws -> Command { try figment(words) }

    /// Runs `figment` on this catalog, in this folder.
    func figment(_ words: [String]) throws -> Command {
        try Command.run("figment", words, in: folder.url, environment: ["FIGMENT_CATALOG": catalog])
    }

    /// Runs `figment`, which must succeed without a complaint; gives what it wrote.
    @discardableResult
    func succeed(
        _ words: String..., at location: SourceLocation = #_sourceLocation
    ) throws -> String {
        let command = try figment(words)
        #expect(command.status == 0, "\(words) wrote \(command.errors)", sourceLocation: location)
        #expect(command.errors == "", "\(words)", sourceLocation: location)
        return command.output
    }

    /// Rows of the catalog, read without a program.
    func rows(_ sql: String) throws -> [[SQLValue]] {
        try Catalog.open(at: catalog, mode: .readOnly).rows(sql) { $0.values }
    }

    /// The number of rows of every table, that of the runs included.
    func counts() throws -> [String: Int] {
        let catalog = try Catalog.open(at: catalog, mode: .readOnly)
        let tables = try catalog.rows("SELECT name FROM sqlite_schema WHERE type = 'table'") { $0.text(0) }
        #expect(tables.count > 30)
        return try tables.reduce(into: [:]) { counts, table in
            counts[table] = try catalog.integer("SELECT count(*) FROM \(table)")
        }
    }

    /// What `figment check` finds damaged.
    func damage() throws -> String {
        let check = try figment("check")
        return check.status == 0 ? "" : check.output + check.errors
    }

    /// Each generated image's file digest by what was asked for: conditioning and ordinal.
    func imageDigests() throws -> [String: String] {
        let rows = try Catalog.open(at: catalog, mode: .readOnly).rows(
            """
            SELECT conditioning.uid || '/' || ordinal, file_sha256 FROM image
            JOIN generation ON generation.id = generation_id
            JOIN conditioning ON conditioning.id = conditioning_id
            """
        ) { ($0.text(0), $0.text(1)) }
        #expect(Set(rows.map(\.0)).count == rows.count, "an image was made twice")
        return Dictionary(rows, uniquingKeysWith: { first, _ in first })
    }
}

/// Catalogs that are made once and copied by every test that begins with them.
enum Prepared {
    /// Wardrobe with 20 photographs of two splits, ten captions, and their conditionings.
    static let embedded: Result<Workshop, any Error> = Result {
        let shop = try Workshop()
        atexit { try? Prepared.embedded.get().folder.remove() }
        try shop.succeed("init")
        try shop.succeed("import", "wardrobe", "--limit", "20")
        try shop.succeed("caption", "--strategy", "name")
        try shop.succeed("embed", "--model", "starter:diffusion")
        return shop
    }
}

extension Connection {
    /// Changes rows as somebody does who knows of the trigger that refuses it, and puts it back.
    func change(_ table: String, _ change: String, _ bindings: [SQLValue] = []) throws {
        try without("\(table)_refuses_update") { try run("UPDATE \(table) SET \(change)", bindings) }
    }

    /// Deletes a table's rows in the same way, whatever refers to them.
    func deleteRows(of table: String) throws {
        try run("PRAGMA foreign_keys = OFF")
        try without("\(table)_refuses_delete") { try run("DELETE FROM \(table)") }
    }

    private func without(_ name: String, _ body: () throws -> Void) throws {
        let trigger = try #require(try schemaEntries().first { $0.name == name })
        try run("DROP TRIGGER \(name)")
        try body()
        try run(trigger.sql)
    }
}
