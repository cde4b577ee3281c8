import Diagnostics
import Digests
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

/// What a merge brings, and that it does so once.
struct MergeTests {
    let own: Workspace
    let shard: Workspace
    var packs: String { own.folder.path("animals.packs") }

    init() throws {
        (own, shard) = (try Workspace(), try Workspace())
        try own.caption()
        try shard.caption()
    }

    @discardableResult
    private func merge(_ path: String? = nil, copying: Bool = false) throws -> MergeReport {
        try own.catalog.merge(shard: path ?? shard.path, copying: copying) { own.run }
    }

    private func damage() throws -> [String] {
        try Catalog.open(at: own.path, mode: .readOnly).check().filter { $0.severity == .damage }.map(
            \.message)
    }

    private func payload(_ digest: Digest) throws -> [UInt8] {
        let catalog = try Catalog.open(at: own.path, mode: .readOnly)
        let pack = try catalog.integer(
            "SELECT pack_id FROM image WHERE file_sha256 = ?", [.text(digest.hex)])
        return try catalog.payload(digest.hex, in: pack)
    }

    @Test func bringsWhatIsNewOnce() throws {
        let digest = try shard.image(of: Array("a picture".utf8))
        try shard.caption("another")
        let first = try merge()
        #expect(first.refusals == [])
        #expect(first.packs == ["0001.sqlite"])
        let counts = Dictionary(first.appended.map { ($0.table, $0.count) }) { first, _ in first }
        #expect(counts == ["run": 1, "run_event": 1, "pack": 1, "caption": 1, "image": 1])
        #expect(try payload(digest) == Array("a picture".utf8))
        #expect(try damage() == [])
        for table in ["run", "caption", "image", "concept"] {
            let sql = "SELECT uid FROM \(table) ORDER BY uid"
            let theirs = Set(try shard.catalog.rows(sql) { $0.text(0) })
            #expect(theirs.isSubset(of: try own.catalog.rows(sql) { $0.text(0) }), "\(table)")
        }
        for copying in [false, true, true] {
            let again = try merge(copying: copying)
            #expect(again.appended.isEmpty && again.refusals.isEmpty)
        }
        #expect(try damage() == [])
    }

    @Test func bringsWhatHasComeSince() throws {
        try shard.image(of: [1])
        try merge()
        let digest = try shard.image(of: [2])
        try shard.run.append(.finished, appended: 2, to: shard.catalog)
        let counts = try merge().appended.map { "\($0.table) \($0.count)" }
        #expect(counts == ["run_event 1", "image 1"])
        #expect(try payload(digest) == [2])
        #expect(try own.catalog.integer("SELECT count(*) FROM pack") == 1)
    }

    @Test func bringsWhatAnOlderCopyOfAPackLacks() throws {
        try shard.image(of: [1])
        try merge(copying: true)
        let digest = try shard.image(of: [2])
        #expect(try merge().refusals == [])
        try FileManager.default.removeItem(at: shard.folder.url)
        #expect(try payload(digest) == [2])
        #expect(try damage() == [])
    }

    @Test func takesBothOfTwoShardsThatBeganAsOne() throws {
        try shard.image(of: [1])
        let other = own.folder.path("other")
        try shard.catalog.checkpoint()
        try FileManager.default.copyItem(atPath: shard.folder.url.path, toPath: other)
        let mine = try shard.image(of: [2])
        let twin = try Catalog.open(at: "\(other)/animals.sqlite")
        let writer = twin.payloadWriter(run: shard.run)
        let stored = try #require(try writer.put([[3]]).first)
        try writer.close()
        try twin.append(
            "image", UID(of: "image", [("file_sha256", .string(stored.digest.hex))]),
            [
                "origin": "real", "format": "png", "width": 1, "height": 1, "byte_count": 1,
                "file_sha256": .text(stored.digest.hex), "pixel_sha256": .text(stored.digest.hex),
                "pack_id": .integer(stored.packID), "run_id": .integer(shard.run.id),
            ])
        #expect(try merge().refusals == [])
        #expect(try merge("\(other)/animals.sqlite").refusals == [])
        #expect(try merge().appended.isEmpty)
        #expect(try payload(mine) == [2])
        #expect(try payload(stored.digest) == [3])
        #expect(try damage() == [])
    }

    @Test func neverWritesToAnAdoptedPack() throws {
        try shard.image(of: [1])
        try merge()
        let pack = shard.folder.path("animals.packs/0001.sqlite")
        let before = try Digest(ofFile: pack)
        let digest = try own.image(of: [2])
        #expect(try Digest(ofFile: pack) == before)
        #expect(FileManager.default.fileExists(atPath: "\(packs)/0001.sqlite"))
        #expect(try payload(digest) == [2])
        #expect(try damage() == [])
    }

    @Test func copiesWhatWasALink() throws {
        let digest = try shard.image(of: [1])
        try merge()
        #expect(try merge(copying: true).packs == ["0001.sqlite"])
        #expect(try merge(copying: true).packs == [])
        try FileManager.default.removeItem(at: shard.folder.url)
        #expect(try payload(digest) == [1])
        #expect(try damage() == [])
    }

    @Test(arguments: [false, true]) func findsAShardAgainThatWasMoved(copying: Bool) throws {
        let writer = shard.catalog.payloadWriter(run: shard.run, sizeLimit: 1)
        for byte in [1, 2] as [UInt8] { try shard.image(try #require(try writer.put([[byte]]).first)) }
        try writer.close()
        try merge()
        #expect(try own.catalog.integer("SELECT count(*) FROM pack_seal") == 2)
        let moved = own.folder.path("moved")
        try shard.catalog.checkpoint()
        try FileManager.default.moveItem(atPath: shard.folder.url.path, toPath: moved)
        #expect(try damage().count == 2)
        #expect(try merge("\(moved)/animals.sqlite", copying: copying).packs.count == 2)
        #expect(try damage() == [])
        if copying { try FileManager.default.removeItem(atPath: moved) }
        #expect(try damage() == [])
    }

    @Test func goesThroughAShardOfAShard() throws {
        let middle = try Workspace()
        let digest = try shard.image(of: [1])
        _ = try middle.catalog.merge(shard: shard.path, copying: false) { middle.run }
        #expect(try merge(middle.path).refusals == [])
        try FileManager.default.removeItem(at: middle.folder.url)
        #expect(try payload(digest) == [1])
        #expect(try merge().appended.isEmpty)
        #expect(try damage() == [])
    }

    @Test func leavesEverythingAsItWasWhereItFails() throws {
        try shard.image(of: [1])
        let tables = ["run", "image", "pack", "caption", "refusal"]
        let count = { [own] (table: String) in try own.catalog.integer("SELECT count(*) FROM \(table)") }
        let before = try tables.map(count)
        let failed = failure {
            _ = try own.catalog.merge(shard: shard.path, copying: false) { () throws(Failure) in
                throw Failure(.io, "the disk is full")
            }
        }
        #expect(failed?.summary == "the disk is full")
        #expect(try tables.map(count) == before)
        #expect(try damage() == [])
        #expect(try merge().refusals == [])
        #expect(try count("image") == 1)
        #expect(try damage() == [])
    }
}
