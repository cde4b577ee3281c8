import CatalogSchema
import Catalogs
import Foundation
import Glibc
import SQLite
import TestSupport
import Testing

/// Bringing an old catalog to this version, by several at once, and killed.
struct MigrationFaultTests {
    /// A catalog of the first version, in which a rule and a variant were defined several times.
    private func oldCatalog() throws -> Workshop {
        let shop = try Workshop()
        let connection = try Connection(shop.catalog, .create)
        let first = try #require(Migration.all.first)
        try connection.runScript(first.sql)
        try connection.runScript(
            """
            PRAGMA application_id = \(CatalogSchema.applicationID);
            PRAGMA user_version = 1;
            INSERT INTO migration VALUES (1, '\(first.name)', '\(first.digest.hex)', '2026-01-01T00:00:00.000Z', 'old');
            INSERT INTO run VALUES (
                1, '00112233445566778899aabbccddeeff', 'figment-filter', 'old', '{}', NULL, 'here', 'cpu', 1,
                '3.40.1', '2026-01-01T00:00:00.000Z');
            PRAGMA journal_mode = WAL;
            """)
        return shop
    }

    private func versions(of shop: Workshop) throws -> [SQLValue] {
        let connection = try Connection(shop.catalog, .readOnly)
        return [
            try connection.value("PRAGMA user_version"),
            try connection.value("SELECT count(*) FROM migration"),
            try connection.value("PRAGMA integrity_check"),
        ]
    }

    @Test func severalAtOnceMigrateOnce() throws {
        let shop = try oldCatalog()
        let migrations = try (0..<4).map { _ in
            try Command.start("figment", ["migrate", "--catalog", shop.catalog], in: shop.folder.url)
        }
        for migration in migrations {
            migration.waitUntilExit()
            #expect(migration.terminationReason == .exit)
            #expect(migration.terminationStatus == 0)
        }
        let current = SQLValue.integer(CatalogSchema.version)
        #expect(try versions(of: shop) == [current, current, "ok"])
        #expect(try shop.damage() == "")
        let copies = try FileManager.default.contentsOfDirectory(atPath: shop.folder.url.path).filter {
            $0.contains("before")
        }
        #expect(copies == ["trial.before-v\(CatalogSchema.version).sqlite"])
    }

    @Test func isKilledAndDoneAgain() throws {
        let trial = try Trial(["migrate"], after: oldCatalog())
        var random = SplitMix(state: 1)
        var killed = 0
        for attempt in 0..<24 where killed < 6 {
            try trial.reset()
            guard try trial.disturb(by: SIGKILL, &random) else { continue }
            killed += 1
            let current = SQLValue.integer(CatalogSchema.version)
            #expect([[1, 1, "ok"], [current, current, "ok"]].contains(try versions(of: trial.shop)))
            try trial.finish("migration, attempt \(attempt)")
        }
        #expect(killed == 6)
    }
}
