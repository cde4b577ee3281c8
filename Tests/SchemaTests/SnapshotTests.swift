import CatalogSchema
import Foundation
import Testing

/// What is kept of the migrations beside them: the schema they make, and the digests of the frozen ones.
struct SnapshotTests {
    @Test func theSnapshotIsWhatTheMigrationsMake() throws {
        let recorded = try Checkout.text("schema/catalog.sql")
        let statements = recorded.split(separator: "\n", omittingEmptySubsequences: false)
            .drop { $0.hasPrefix("--") }.joined(separator: "\n")
        #expect(
            statements == (try MigratedDatabase().connection.schemaText()),
            "schema/catalog.sql is not what migrations/ make: run tools/new-migration --snapshot")
        #expect(CatalogSchema.text == statements)
    }

    @Test func frozenMigrationsNeverChange() throws {
        let lines = try Checkout.text("schema/frozen.sha256").split(separator: "\n").filter {
            !$0.hasPrefix("#")
        }
        let digests = Migration.all.map { migration in
            let number = String(format: "%04d", migration.number)
            return "\(migration.digest.hex)  migrations/\(number)_\(migration.name).sql"
        }
        #expect(
            Array(digests.prefix(lines.count)) == lines.map(String.init),
            "a frozen migration was edited: undo that, and write a new one with tools/new-migration NAME")
        #expect(
            lines.count >= Migration.all.count - 1,
            "all but the newest migration must be frozen: run tools/new-migration --freeze before adding one")
    }
}
