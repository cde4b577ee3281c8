import Diagnostics
import Digests
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

/// Each kind of damage, made behind the catalog's back, and the finding that names it.
struct CheckTests {
    let workspace: Workspace
    let digest: Digest
    var catalog: Catalog { workspace.catalog }
    var firstPack: String { workspace.folder.path("animals.packs/0001.sqlite") }

    init() throws {
        workspace = try Workspace()
        digest = try workspace.image(of: Array("a picture".utf8))
        try workspace.caption()
        try workspace.snapshot()
    }

    private func findings(fast: Bool = false) throws -> [String] {
        try catalog.check(fast: fast).map { "\($0.kind): \($0.message)" }
    }

    @Test func findsNothingWrongWithAWholeCatalog() throws {
        #expect(try catalog.check() == [])
        #expect(try catalog.check(fast: true) == [])
        try catalog.checkpoint()
        #expect(try Catalog.check(at: workspace.path) == [])
    }

    /// A changed value in a row: what somebody does to it, and what the check says of it.
    static let changes = [
        (
            "caption", "UPDATE caption SET text = 'a dog'",
            ["uid: table caption, row 1: the uid UID does not follow from what the row holds"]
        ),
        (
            "vocabulary", "UPDATE vocabulary SET uid = 'ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ'",
            [
                "uid: table vocabulary, row 1: the uid UID does not follow from what the row holds",
                "uid: table concept, row 1: the uid UID does not follow from what the row holds",
                "uid: table concept, row 2: the uid UID does not follow from what the row holds",
            ]
        ),
        (
            "run", #"UPDATE run SET options = '{"seed":7,"seed":7}'"#,
            ["uid: table run, row 1: options is no JSON"]
        ),
        (
            "caption", "UPDATE caption SET run_id = 99",
            ["reference: table caption, row 1: the row of run that it names is missing"]
        ),
        (
            "run_event", "DELETE FROM run_event WHERE sequence = 1",
            ["count: table run_event: the events of run 1 are not all there, in order"]
        ),
        (
            "run_event", "UPDATE run_event SET kind = 'finished' WHERE sequence = 1",
            ["count: table run_event: the events of run 1 are not all there, in order"]
        ),
        (
            "snapshot_item", "DELETE FROM snapshot_item",
            ["count: table snapshot, row 1: it says 1 items, and 0 are there"]
        ),
        (
            "snapshot_item", "UPDATE snapshot_item SET split = 'test'",
            ["snapshot: table snapshot, row 1: its items are not those of its digest"]
        ),
        (
            "export", "UPDATE export SET item_count = 2",
            ["count: table export, row 1: its shards do not add up to its snapshot"]
        ),
        (
            "image", "UPDATE image SET byte_count = 8",
            ["image: table image, row 1: byte_count is 8, and of its file it is 9"]
        ),
        (
            "image", "UPDATE image SET pack_id = 7",
            [
                "reference: table image, row 1: the row of pack that it names is missing",
                "stray: pack 0001.sqlite: no row names 1 of its payloads",
            ]
        ),
        (
            "migration",
            "UPDATE migration SET sha256 = replace(sha256, substr(sha256, 1, 1), 'g') WHERE number = 1",
            ["migration: migration 1 (create_catalog): the digest recorded is not that of figment's own file"]
        ),
        (
            "migration", "DELETE FROM migration WHERE number = 1",
            ["migration: migration 1 (create_catalog): it is not recorded"]
        ),
        (
            "caption", "PRAGMA user_version = 1",
            ["migration: user_version is 1, and the last migration recorded is VERSION"]
        ),
        (
            "caption", "PRAGMA application_id = 7",
            ["file: page 1: application_id is 7, not 1181312877, the catalogs' own"]
        ),
        (
            "caption", "UPDATE caption SET status = 'unsure', reason = 'x'",
            ["file: table caption: CHECK constraint failed in caption"]
        ),
    ]

    @Test(arguments: changes) func findsAChangedRow(table: String, sql: String, expected: [String]) throws {
        try workspace.change(table, sql)
        let uids = #/the uid \w{32}/#
        let found = try findings().map { $0.replacing(uids, with: "the uid UID") }
        let version = try catalog.integer("SELECT max(number) FROM migration")
        #expect(found == expected.map { $0.replacing("VERSION", with: "\(version)") })
    }

    @Test func findsAMissingPack() throws {
        try FileManager.default.removeItem(atPath: firstPack)
        let expected = "pack: pack 0001.sqlite: the pack \(firstPack) is missing; rows that rest on it: 1"
        #expect(try findings() == [expected])
        #expect(try findings(fast: true) == [expected])
        try FileManager.default.createSymbolicLink(
            atPath: firstPack, withDestinationPath: "/nowhere/0001.sqlite")
        let link = "\(firstPack) is a symbolic link, and no merge made it"
        #expect(try findings() == ["pack: pack 0001.sqlite: the pack \(link); rows that rest on it: 1"])
        let target = "UPDATE pack SET made_as = '0001.sqlite', file = lower(uid) || '.sqlite'"
        try workspace.change("pack", target)
        let uid = try #require(try catalog.rows("SELECT uid FROM pack") { $0.text(0) }.first)
        let adopted = workspace.folder.path("animals.packs/\(uid).sqlite")
        try FileManager.default.createSymbolicLink(
            atPath: adopted, withDestinationPath: "/nowhere/0001.sqlite")
        let gone = "the pack \(adopted) is a symbolic link to /nowhere/0001.sqlite, which is gone"
        #expect(
            try findings().filter { $0.hasPrefix("pack: ") } == [
                "pack: pack \(uid).sqlite: \(gone); rows that rest on it: 1"
            ])
    }

    @Test func findsAMissingPayload() throws {
        try workspace.tamper(firstPack, "DELETE FROM payload")
        let expected = ["payload: table image, row 1: pack 0001.sqlite lacks the payload \(digest)"]
        #expect(try findings(fast: true) == expected)
        #expect(try findings() == expected)
    }

    @Test func findsAnAlteredPayloadUnlessFast() throws {
        try workspace.tamper(firstPack, "UPDATE payload SET bytes = x'00'")
        #expect(
            try findings() == [
                "payload: table image, row 1: the payload \(digest) in pack 0001.sqlite has been altered"
            ])
        #expect(try findings(fast: true) == [])
    }

    @Test func findsATruncatedPack() throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: firstPack))
        try handle.truncate(atOffset: 4_096)
        try handle.close()
        for fast in [false, true] {
            #expect(
                try findings(fast: fast) == [
                    "pack: pack 0001.sqlite: \(firstPack) is damaged: database disk image is malformed; "
                        + "it was cut off after 4096 of its 12288 bytes; rows that rest on it: 1"
                ])
        }
    }

    /// A pack that cannot be read from beginning to end loses no more than what is on the pages that are lost.
    @Test func namesThePayloadsOnALostPage() throws {
        for number in 0..<20 { try workspace.image(of: [UInt8](repeating: UInt8(number), count: 3_000)) }
        var bytes = try Data(contentsOf: URL(filePath: firstPack))
        let page = bytes.count / 8_192
        bytes.replaceSubrange(page * 4_096..<page * 4_096 + 4_096, with: Data(repeating: 0xA5, count: 4_096))
        try bytes.write(to: URL(filePath: firstPack))
        let found = try catalog.check()
        let lost = found.filter { $0.kind == .payload }
        #expect(found.contains { $0.kind == .pack && $0.message.contains("age \(page + 1)") }, "\(found)")
        #expect((1...3).contains(lost.count), "\(found)")
        #expect(lost.allSatisfy { $0.message.hasPrefix("table image, row ") })
        #expect(found.count { $0.kind != .payload && $0.kind != .pack } == 0)
    }

    @Test func findsASealedPackThatChanged() throws {
        let writer = catalog.payloadWriter(run: workspace.run, sizeLimit: 1)
        try writer.put([[1]])
        try writer.close()
        // The pack of the image counted as full from the start, and was sealed before the second was begun.
        #expect(try catalog.integer("SELECT count(*) FROM pack_seal") == 2)
        #expect(try findings() == ["stray: pack 0002.sqlite: no row names 1 of its payloads"])
        try workspace.tamper(firstPack, "PRAGMA user_version = 5")
        #expect(
            try findings().first == "pack: pack 0001.sqlite: it is sealed, and its bytes have changed since")
        try workspace.tamper(firstPack, "INSERT INTO payload VALUES ('x', x'00')")
        #expect(
            try findings(fast: true).first
                == "pack: pack 0001.sqlite: it was sealed with 1 payloads and has 2")
    }

    @Test func comparesImagesWithTheirFiles() throws {
        let pixels = try #require(Digest(hex: String(repeating: "0", count: 64)))
        let found = try Catalog.check(at: workspace.path) { bytes, _ in
            ImageFacts(format: "jpeg", width: bytes.count, height: 32, pixels: pixels)
        }
        #expect(
            found.map(\.message) == [
                "table image, row 1: format is png, and of its file it is jpeg",
                "table image, row 1: width is 32, and of its file it is 9",
                "table image, row 1: pixel_sha256 is \(digest), and of its file it is \(pixels)",
            ])
        let unreadable = try Catalog.check(at: workspace.path) { _, _ throws(Failure) in
            throw Failure(.badInput, "it is neither PNG nor JPEG")
        }
        #expect(
            unreadable.map(\.message) == [
                "table image, row 1: its file is no picture: it is neither PNG nor JPEG"
            ])
        let fast = try Catalog.check(at: workspace.path, fast: true) { _, _ throws(Failure) in
            throw Failure(.badInput, "it is read")
        }
        #expect(fast == [])
    }

    @Test func notesWhatNobodyNeeds() throws {
        let writer = catalog.payloadWriter(run: workspace.run)
        try writer.put([[1], [2]])
        try workspace.folder.write("animals.packs/0007.sqlite", "")
        // What a merge leaves that is killed while it copies.
        try workspace.folder.write("animals.packs/f00d.sqlite.77.partial", "half")
        let found = try catalog.check()
        #expect(found.allSatisfy { $0.severity == .note })
        #expect(
            Set(found.map(\.message)) == [
                "pack 0001.sqlite: no row names 2 of its payloads",
                "pack 0007.sqlite: no row names this file",
                "pack f00d.sqlite.77.partial: no row names this file",
            ])
        #expect(FileManager.default.fileExists(atPath: workspace.folder.path("animals.packs/0007.sqlite")))
    }

    @Test func findsADroppedTrigger() throws {
        try workspace.tamper(workspace.path, "DROP TRIGGER image_refuses_update")
        #expect(try findings() == ["schema: trigger image_refuses_update is missing or altered"])
    }

    @Test func tellsTheFirstHundredOfAKind() throws {
        for number in 0..<105 { try workspace.vocabulary("\(number)") }
        try workspace.change("vocabulary", "UPDATE vocabulary SET name = 'x' WHERE id > 1")
        let found = try catalog.check()
        #expect(found.count == 101)
        #expect(found.last == Finding(kind: .uid, message: "and 5 more of this kind"))
    }
}
