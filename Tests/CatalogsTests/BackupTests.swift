import Diagnostics
import Digests
import Files
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

/// A copy of a catalog and its packs is a catalog of its own, or nothing at all.
struct BackupTests {
    let workspace: Workspace
    let digest: Digest
    var target: String { workspace.folder.path("copies/backup.sqlite") }

    init() throws {
        workspace = try Workspace()
        digest = try workspace.image(of: Array("a picture".utf8))
        try workspace.caption()
        try FileManager.default.createDirectory(
            atPath: workspace.folder.path("copies"), withIntermediateDirectories: false)
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path("copies")).sorted()
    }

    @Test func isACatalogOfItsOwn() throws {
        let sealing = workspace.catalog.payloadWriter(run: workspace.run, sizeLimit: 1)
        let sealed = try #require(try sealing.put([[1]]).first)
        try workspace.image(sealed)
        try sealing.close()
        try workspace.image(of: [2])
        let backup = try Catalog.backUp(workspace.path, to: target)
        #expect(backup.packCount == 3)
        #expect(backup.path == target)
        #expect(try files() == ["backup.packs", "backup.sqlite"])
        let sql = "SELECT uid FROM image UNION SELECT uid FROM caption ORDER BY uid"
        let expected = try workspace.catalog.rows(sql) { $0.text(0) }
        // What happens to the original is nothing to the copy.
        try FileManager.default.removeItem(atPath: workspace.folder.path("animals.packs"))
        let copy = try Catalog.open(at: target)
        #expect(try copy.rows(sql) { $0.text(0) } == expected)
        #expect(try copy.payload(digest.hex, in: 1) == Array("a picture".utf8))
        #expect(try copy.payload(sealed.digest.hex, in: sealed.packID) == [1])
        #expect(try copy.check() == [])
        try copy.execute("INSERT INTO claim VALUES ('a', 'b', 'c', 0)")
    }

    @Test func linksToWhatNeverChanges() throws {
        let writer = workspace.catalog.payloadWriter(run: workspace.run, sizeLimit: 1)
        try writer.put([[1]])
        try writer.close()
        _ = try Catalog.backUp(workspace.path, to: target, linkingSealedPacks: true)
        for name in ["0001.sqlite", "0002.sqlite"] {
            #expect(
                FileStatus.isSame(
                    workspace.folder.path("animals.packs/\(name)"),
                    workspace.folder.path("copies/backup.packs/\(name)")))
        }
        #expect(try Catalog.check(at: target).filter { $0.severity == .damage } == [])
    }

    /// Writers put a payload and then its row; in no copy is there a row without its payload.
    @Test func isWholeWhileOthersWrite() async throws {
        let path = workspace.path
        let run = workspace.run
        let folder = workspace.folder
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<2 {
                group.addTask {
                    let catalog = try Catalog.open(at: path)
                    let writer = catalog.payloadWriter(run: run, sizeLimit: 100_000)
                    for number in 0..<60 {
                        let bytes = Array("\(worker) \(number) ".utf8) + [UInt8](repeating: 7, count: 3_000)
                        let stored = try #require(try writer.put([bytes]).first)
                        try Workspace.image(stored, run, in: catalog)
                    }
                    try writer.close()
                }
            }
            group.addTask {
                var counts: [Int] = []
                for number in 0..<6 {
                    let file = folder.path("copies/\(number).sqlite")
                    _ = try Catalog.backUp(path, to: file)
                    #expect(try Catalog.check(at: file).filter { $0.severity == .damage } == [])
                    counts.append(
                        try Catalog.open(at: file, mode: .readOnly).integer("SELECT count(*) FROM image"))
                }
                #expect(counts == counts.sorted())
            }
            try await group.waitForAll()
        }
        #expect(try workspace.catalog.integer("SELECT count(*) FROM image") == 121)
        #expect(try workspace.catalog.check() == [])
    }

    @Test(arguments: ["backup.sqlite", "backup.packs"]) func overwritesNothing(name: String) throws {
        try workspace.folder.write("copies/\(name)", "dear")
        let refusal = failure { _ = try Catalog.backUp(workspace.path, to: target) }
        #expect(refusal?.kind == .badInput)
        #expect(
            refusal?.summary
                == "\(workspace.folder.path("copies/\(name)")) is there already, and a backup overwrites nothing"
        )
        #expect(try files() == [name])
    }

    @Test func refusesANameWithoutItsEnding() {
        for name in ["copies/backup", "copies/.sqlite"] {
            #expect(
                failure { _ = try Catalog.backUp(workspace.path, to: workspace.folder.path(name)) }?.kind
                    == .badInput)
        }
    }

    @Test func leavesNothingBehindWhereAPackIsMissing() throws {
        try FileManager.default.removeItem(atPath: workspace.folder.path("animals.packs/0001.sqlite"))
        let missing = failure { _ = try Catalog.backUp(workspace.path, to: target) }
        #expect(missing?.kind == .missingResource)
        #expect(missing?.summary.hasSuffix("animals.packs/0001.sqlite is missing") == true)
        #expect(try files() == [])
    }

    @Test func copiesNoDamage() throws {
        try workspace.change("caption", "UPDATE caption SET text = 'a dog'")
        let damage = failure { _ = try Catalog.backUp(workspace.path, to: target) }
        #expect(damage?.kind == .catalog)
        #expect(damage?.summary.contains("table caption, row 1: the uid ") == true)
        #expect(try files() == [])
    }

    @Test(arguments: [false, true]) func takesNoSealedPackThatChanged(linking: Bool) throws {
        let writer = workspace.catalog.payloadWriter(run: workspace.run, sizeLimit: 1)
        try writer.put([[1]])
        try writer.close()
        let pack = workspace.folder.path("animals.packs/0001.sqlite")
        try workspace.tamper(pack, "PRAGMA user_version = 5")
        let changed = failure {
            _ = try Catalog.backUp(workspace.path, to: target, linkingSealedPacks: linking)
        }
        #expect(changed?.kind == .catalog)
        #expect(changed?.summary == "the pack \(pack) has changed since it was sealed")
        #expect(try files() == [])
    }
}
