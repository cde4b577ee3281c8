import Diagnostics
import Foundation
import SQLite
import TestSupport
import Testing

@testable import CatalogSchema
@testable import Catalogs

struct OpeningTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("a catalog.sqlite")
    }

    @Test func makesACatalogOnce() throws {
        #expect(try Catalog.create(at: path, version: "1.2.3") == .made)
        #expect(try Catalog.create(at: path, version: "1.2.3") == .alreadyThere)
        let catalog = try Catalog.open(at: path)
        let migrations = try catalog.rows("SELECT number, name, sha256, version FROM migration") { $0.values }
        #expect(migrations.count == Migration.all.count)
        #expect(migrations.first?[3] == "1.2.3")
        #expect(try catalog.check() == [])
    }

    @Test func completesAnEmptyFile() throws {
        try folder.write("a catalog.sqlite", "")
        #expect(failure { _ = try Catalog.open(at: path) }?.summary == "\(path) is empty")
        #expect(try Catalog.create(at: path, version: "1") == .made)
        #expect(try Catalog.open(at: path).check() == [])
    }

    @Test func namesAMissingCatalog() {
        let missing = failure { _ = try Catalog.open(at: path) }
        #expect(missing?.kind == .missingResource)
        #expect(missing?.hint?.contains("figment init") == true)
    }

    @Test func refusesAFolderAndAFileOfNoise() throws {
        let directory = failure { _ = try Catalog.open(at: folder.url.path) }
        #expect(directory?.kind == .catalog)
        try folder.write("a catalog.sqlite", String(repeating: "noise ", count: 1_000))
        for attempt in [
            { _ = try Catalog.open(at: path) }, { _ = try Catalog.create(at: path, version: "1") },
        ] {
            let noise = failure(attempt)
            #expect(noise?.kind == .catalog)
            #expect(noise?.summary == "\(path) is not an SQLite database")
        }
    }

    @Test func refusesADatabaseOfAnotherProgramAndLeavesItAlone() throws {
        try Connection(path, .create).runScript("CREATE TABLE t (x); PRAGMA application_id = 77")
        let before = try Data(contentsOf: URL(filePath: path))
        for attempt in [
            { _ = try Catalog.open(at: path) }, { _ = try Catalog.create(at: path, version: "1") },
            { _ = try Catalog.migrate(at: path, version: "1") },
        ] {
            let foreign = failure(attempt)
            #expect(foreign?.kind == .catalog)
            #expect(foreign?.summary == "\(path) is a database of another program, not a catalog")
        }
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a catalog.sqlite"])
    }

    @Test func refusesANewerCatalog() throws {
        try Catalog.create(at: path, version: "1")
        try Connection(path, .readWrite).run("PRAGMA user_version = 9999")
        let newer = failure { _ = try Catalog.open(at: path) }
        #expect(newer?.kind == .catalog)
        #expect(newer?.summary.contains("version 9999") == true)
        #expect(newer?.hint == "Install a newer figment.")
    }

    @Test func refusesACatalogOfEditedMigrations() throws {
        try Catalog.create(at: path, version: "1")
        let zeros = String(repeating: "0", count: 64)
        try Connection(path, .readWrite).runScript(
            "DROP TRIGGER IF EXISTS migration_refuses_update; UPDATE migration SET sha256 = '\(zeros)'")
        #expect(failure { _ = try Catalog.open(at: path) }?.kind == .catalog)
    }

    @Test func saysWhereItMayNotWrite() {
        // Not even the superuser can make files in procfs.
        let refused = failure { _ = try Catalog.create(at: "/proc/figment.sqlite", version: "1") }
        #expect(refused?.kind == .io)
        #expect(refused?.summary == "/proc/figment.sqlite cannot be opened")
    }

    @Test func refusesNetworkFileSystems() throws {
        for type in ["nfs4", "cifs", "fuse.sshfs", "9p", "virtiofs", "vboxsf"] {
            let refused = failure { try NetworkFileSystem.refuse(type: type, named: "x.sqlite") }
            #expect(refused?.kind == .catalog)
            #expect(refused?.summary.contains("(\(type))") == true)
            #expect(refused?.hint?.contains("'figment split' makes a shard") == true)
        }
        for type in ["ext4", "tmpfs", "overlay", "btrfs"] {
            try NetworkFileSystem.refuse(type: type, named: "x.sqlite")
        }
        let line = "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - nfs4 host:/share rw,errors=continue"
        let mount = try #require(NetworkFileSystem.Mount(line))
        #expect(mount.device == "98:0")
        #expect(mount.type == "nfs4")
        #expect(NetworkFileSystem.Mount("36 35") == nil)
    }

    /// A file is looked for among what is mounted; one with a log must not even be read there.
    @Test func findsTheFileSystemOfAFile() throws {
        try Catalog.create(at: path, version: "1")
        let device = try #require(NetworkFileSystem.device(of: path))
        func mounts(_ device: String, _ type: String) -> String {
            """
            22 1 0:5 / /proc rw - proc proc rw
            36 35 \(device) / /a\\040folder rw,noatime master:1 shared:2 - \(type) host:/share rw,vers=4.2

            """
        }
        func refuse(_ file: String, _ mounts: String) throws(Failure) {
            try NetworkFileSystem.refuse(file, named: "mine", among: mounts)
        }
        func refuseLogged(_ file: String, _ mounts: String) throws(Failure) {
            try NetworkFileSystem.refuseLogged(file, named: "mine", among: mounts)
        }
        let remote = mounts(device, "virtiofs")
        for refused in [failure { try refuse(path, remote) }, failure { try refuseLogged(path, remote) }] {
            #expect(refused?.summary.hasPrefix("mine is on a network file system (virtiofs)") == true)
        }
        for mounts in [mounts(device, "xfs"), mounts("7:7", "nfs"), "no list of mounts"] {
            try refuse(path, mounts)
            try refuseLogged(path, mounts)
        }
        try refuse(path + ".gone", remote)
        // Without a log it may be read there.
        try Connection(path, .readWrite).run("PRAGMA journal_mode = DELETE")
        try refuseLogged(path, remote)
        #expect(failure { try refuse(path, remote) }?.kind == .catalog)
        #expect(NetworkFileSystem.mounts.contains(" - proc "))
    }

    @Test func readsThroughASymbolicLink() throws {
        try Catalog.create(at: path, version: "1")
        let link = folder.path("link.sqlite")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(try Catalog.open(at: link).location.lock == Catalog.open(at: path).location.lock)
    }

    @Test func refusesToAppendWhereItIsOnlyRead() throws {
        try Catalog.create(at: path, version: "1")
        let catalog = try Catalog.open(at: path, mode: .readOnly)
        #expect(failure { try catalog.execute("INSERT INTO claim VALUES ('a', 'b', 'c', 0)") }?.kind == .io)
        #expect(try catalog.integer("SELECT count(*) FROM claim") == 0)
    }

    @Test func migratesWithACopyOfTheFileAsItWas() throws {
        try Catalog.create(at: path, version: "1")
        let present = CatalogSchema.version
        let added = Migration(
            number: present + 1, name: "add_thing", sql: "CREATE TABLE thing (x INTEGER) STRICT;")
        // A version in the future: a program that knows it brings the catalog there.
        let first = try Catalog.migrate(at: path, version: "2", Migration.all + [added])
        #expect(first.from == present)
        #expect(first.to == present + 1)
        let backup = try #require(first.backup)
        #expect(backup.hasSuffix("a catalog.before-v\(present + 1).sqlite"))
        #expect(try Catalog.open(at: backup).check() == [])
        let migrated = try Connection(path, .readOnly)
        #expect(try migrated.integer("SELECT count(*) FROM thing") == 0)
        #expect(try migrated.integer("PRAGMA user_version") == present + 1)
        #expect(try migrated.integer("SELECT count(*) FROM migration") == present + 1)
        // This program refuses it from now on.
        #expect(failure { _ = try Catalog.open(at: path) }?.hint == "Install a newer figment.")
    }

    @Test func migratesNothingWhereThereIsNothingToDo() throws {
        try Catalog.create(at: path, version: "1")
        let report = try Catalog.migrate(at: path, version: "1")
        #expect(report.backup == nil)
        #expect(report.from == report.to)
    }

    @Test func leavesTheCatalogAsItWasWhenAMigrationFails() throws {
        try Catalog.create(at: path, version: "1")
        let broken = Migration(
            number: CatalogSchema.version + 1, name: "break_it",
            sql: "CREATE TABLE thing (x); SELECT nonsense;")
        #expect(throws: Failure.self) {
            try Catalog.migrate(at: path, version: "2", Migration.all + [broken])
        }
        #expect(try Catalog.open(at: path).check() == [])
    }
}
