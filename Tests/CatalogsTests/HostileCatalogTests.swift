import CatalogSchema
import Diagnostics
import Foundation
import Glibc
import SQLite
import TestSupport
import Testing

@testable import Catalogs

/// A catalog that somebody else made, who had the reader's files in mind.
struct HostileCatalogTests {
    let workspace: Workspace
    /// A file of the reader's own, beside the catalog.
    let victim: String

    init() throws {
        workspace = try Workspace()
        victim = try workspace.folder.write("mine.txt", "mine")
    }

    private var catalog: Catalog { workspace.catalog }
    private var pack: String { workspace.folder.path("animals.packs/0001.sqlite") }
    private var isVictimIntact: Bool { (try? String(contentsOfFile: victim, encoding: .utf8)) == "mine" }

    private func damage() throws -> [String] {
        try Catalog.check(at: workspace.path).filter { $0.severity == .damage }.map(\.message)
    }

    /// What no migration made.
    static let foreign = [
        ("CREATE TRIGGER mine AFTER INSERT ON run BEGIN SELECT 1; END", "trigger mine"),
        ("CREATE VIEW mine AS SELECT 1", "view mine"), ("CREATE TABLE mine (a)", "table mine"),
        ("CREATE INDEX mine ON image (width)", "index mine"),
        (
            """
            PRAGMA writable_schema = ON;
            INSERT INTO sqlite_schema VALUES (
                'trigger', 'sqlite_mine', 'run', 0,
                'CREATE TRIGGER sqlite_mine AFTER INSERT ON run BEGIN SELECT 1; END')
            """, "trigger sqlite_mine"
        ),
    ]

    @Test(arguments: foreign) func whatNoMigrationMadeIsDamageForAll(sql: String, title: String) throws {
        try workspace.tamper(workspace.path, sql)
        #expect(try damage() == ["\(title) is foreign: no migration made it"])
        for mode in [Catalog.Mode.readOnly, .readWrite] {
            let refused = failure { _ = try Catalog.open(at: workspace.path, mode: mode) }
            #expect(refused?.kind == .catalog)
            #expect(
                refused?.summary.hasSuffix("is damaged: the \(title) is foreign: no migration made it")
                    == true)
        }
        let backup = workspace.folder.path("copy.sqlite")
        #expect(failure { _ = try Catalog.backUp(workspace.path, to: backup) }?.kind == .catalog)
        #expect(!FileManager.default.fileExists(atPath: backup))
    }

    @Test func anAlteredViewOfOursIsReadByNobody() throws {
        try workspace.tamper(
            workspace.path, "DROP VIEW kept; CREATE VIEW kept AS SELECT 1 AS image_id, 'mine' AS rule")
        #expect(failure { _ = try Catalog.open(at: workspace.path, mode: .readOnly) }?.kind == .catalog)
        #expect(try damage() == ["view kept is missing or altered"])
    }

    @Test func aForeignTriggerDoesNotRunWhenAnOlderCatalogIsMigrated() throws {
        let path = workspace.folder.path("old.sqlite")
        let old = Array(Migration.all.dropLast())
        let last = try #require(Migration.all.last)
        try Catalog.create(at: path, version: "test", old)
        try workspace.tamper(
            path, "CREATE TRIGGER mine AFTER INSERT ON migration BEGIN DELETE FROM claim; END")
        let refused = failure { _ = try Catalog.migrate(at: path, version: "test") }
        #expect(refused?.summary.contains("trigger mine is foreign") == true)
        #expect(try Connection(path, .readOnly).integer("PRAGMA user_version") == last.number - 1)
    }

    @Test(arguments: [
        "../mine.txt", "/etc/hostname", "..", "a/\u{301}b.sqlite", "mine.sqlite", "", ".sqlite",
        "0001.sqlite\n",
    ]) func aPacksNameLeadsNowhere(file: String) throws {
        let digest = try workspace.image(of: [1]).hex
        let database = try Connection(workspace.path, .readWrite)
        let triggers = try database.schemaEntries().filter { $0.name == "pack_refuses_update" }
        try database.runScript("DROP TRIGGER pack_refuses_update")
        try database.run("UPDATE pack SET file = ?, made_as = '0001.sqlite'", [.text(file)])
        for trigger in triggers { try database.runScript(trigger.sql) }
        let open = try Catalog.open(at: workspace.path)
        #expect(failure { _ = try open.payload(digest, in: 1) }?.kind == .catalog)
        #expect(try damage().contains { $0.contains("a pack is called '\(file)'") })
        let backup = workspace.folder.path("copy.sqlite")
        #expect(failure { _ = try Catalog.backUp(workspace.path, to: backup) }?.kind == .catalog)
        let other = try Workspace()
        let merged = failure {
            _ = try other.catalog.merge(shard: workspace.path, copying: true) { other.run }
        }
        #expect(merged?.kind == .catalog)
        #expect(isVictimIntact)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: workspace.folder.url.path).contains(
                "mine.txt"))
    }

    @Test func aPackThatIsALinkIsReadOnlyWhereAMergeMadeIt() throws {
        let digest = try workspace.image(of: [1]).hex
        let elsewhere = workspace.folder.path("elsewhere.sqlite")
        try FileManager.default.moveItem(atPath: pack, toPath: elsewhere)
        try FileManager.default.createSymbolicLink(atPath: pack, withDestinationPath: elsewhere)
        let open = try Catalog.open(at: workspace.path)
        let refused = failure { _ = try open.payload(digest, in: 1) }
        #expect(refused?.summary.contains("is a symbolic link, and no merge made it") == true)
        // Nor is anything written through it: the next pack is begun.
        try? FileManager.default.removeItem(atPath: pack)
        try FileManager.default.createSymbolicLink(atPath: pack, withDestinationPath: victim)
        _ = failure { try workspace.image(of: [2]) }
        #expect(isVictimIntact)
    }

    @Test func theFolderOfPacksMayLieElsewhere() throws {
        let digest = try workspace.image(of: [1]).hex
        let (packs, elsewhere) = (workspace.folder.path("animals.packs"), workspace.folder.path("large"))
        try FileManager.default.moveItem(atPath: packs, toPath: elsewhere)
        try FileManager.default.createSymbolicLink(atPath: packs, withDestinationPath: elsewhere)
        #expect(try Catalog.open(at: workspace.path).payload(digest, in: 1) == [1])
        try workspace.image(of: [2])
        #expect(try damage() == [])
    }

    @Test(arguments: ["lock", "-wal", "-shm", "-journal"]) func aCompanionIsNoLink(ending: String) throws {
        let path = workspace.folder.path("other.sqlite")
        try Catalog.create(at: path, version: "test")
        let companion = ending == "lock" ? "\(path).lock" : path + ending
        for isHard in [false, true] {
            try? FileManager.default.removeItem(atPath: companion)
            #expect((isHard ? link(victim, companion) : symlink(victim, companion)) == 0)
            for mode in [Catalog.Mode.readOnly, .readWrite] {
                let refused = failure { _ = try Catalog.open(at: path, mode: mode) }
                #expect(refused?.kind == .catalog)
                #expect(refused?.summary.contains(companion) == true)
            }
            #expect(isVictimIntact)
        }
    }

    @Test func aPacksLockIsNoLink() throws {
        try FileManager.default.createDirectory(
            atPath: workspace.folder.path("animals.packs"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: workspace.folder.path("animals.packs/0001.lock"), withDestinationPath: victim)
        #expect(failure { try workspace.image(of: [1]) }?.kind == .io)
        #expect(isVictimIntact)
    }

    /// Nobody is held up by it, and the check names the row.
    @Test func aTextOfAHundredMegabytesIsNamed() throws {
        try workspace.caption()
        try workspace.image(of: [1])
        try workspace.change("caption", "UPDATE caption SET completion = CAST(zeroblob(100000000) AS TEXT)")
        let start = ContinuousClock.now
        let large = "completion has 100000000 bytes, and programs read no more than 16777216"
        #expect(try damage() == ["table caption, row 1: \(large)"])
        let open = try Catalog.open(at: workspace.path, mode: .readOnly)
        #expect(try open.integer("SELECT count(*) FROM caption WHERE status = 'accepted'") == 1)
        let refused = failure { _ = try open.rows("SELECT completion FROM caption") { $0.text(0) } }
        #expect(refused?.kind == .catalog)
        #expect(refused?.summary.hasSuffix("a row holds a text or blob of more than 16 MiB") == true)
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test func jsonOfVeryManyValuesIsRefusedBeforeItTakesMemory() throws {
        try workspace.caption()
        try workspace.change(
            "caption",
            "UPDATE caption SET sampling = '[' || replace(hex(zeroblob(4100000)), '00', '0,') || '0]'")
        #expect(try damage().contains { $0.hasSuffix("sampling is no JSON") })
    }
}
