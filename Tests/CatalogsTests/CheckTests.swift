import Diagnostics
import Digests
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

struct CheckTests {
    let workspace: Workspace
    let digest: Digest
    var catalog: Catalog { workspace.catalog }
    var firstPack: String { workspace.folder.path("animals.packs/0001.sqlite") }

    init() throws {
        workspace = try Workspace()
        digest = try workspace.image(of: Array("a picture".utf8))
    }

    private func messages(fast: Bool = false) throws -> [String] {
        try catalog.check(fast: fast).map(\.message)
    }

    @Test func findsNothingWrongWithAWholeCatalog() throws {
        #expect(try catalog.check() == [])
        #expect(try catalog.check(fast: true) == [])
        #expect(try Catalog.open(at: workspace.path, mode: .readOnly).check() == [])
    }

    @Test func findsAMissingPack() throws {
        try FileManager.default.removeItem(atPath: firstPack)
        #expect(try messages() == ["pack 0001.sqlite: the pack \(firstPack) is missing"])
        #expect(try catalog.check(fast: true).map(\.severity) == [.damage])
    }

    @Test func findsAMissingPayload() throws {
        try workspace.tamper(firstPack, "DELETE FROM payload")
        #expect(
            try messages(fast: true) == [
                "table image, row 1: pack 0001.sqlite lacks the payload \(digest)"
            ])
    }

    @Test func findsAnAlteredPayloadUnlessFast() throws {
        try workspace.tamper(firstPack, "UPDATE payload SET bytes = x'00'")
        #expect(try messages() == ["pack 0001.sqlite: the payload \(digest) has been altered"])
        #expect(try messages(fast: true) == [])
    }

    @Test func findsASealedPackThatChanged() throws {
        let writer = catalog.payloadWriter(run: workspace.run, sizeLimit: 1)
        try writer.put([[1]])
        try writer.close()
        // The pack of the image counted as full from the start, and was sealed before the second was begun.
        #expect(try catalog.integer("SELECT count(*) FROM pack_seal") == 2)
        #expect(try messages().filter { !$0.contains("no row names") } == [])
        try workspace.tamper(firstPack, "PRAGMA user_version = 5")
        #expect(try messages().contains("pack 0001.sqlite: it is sealed, and its bytes have changed since"))
    }

    @Test func notesWhatNobodyNeeds() throws {
        let writer = catalog.payloadWriter(run: workspace.run)
        try writer.put([[1], [2]])
        try workspace.folder.write("animals.packs/0007.sqlite", "")
        let findings = try catalog.check()
        #expect(findings.allSatisfy { $0.severity == .note })
        #expect(
            findings.map(\.message) == [
                "pack 0001.sqlite: no row names 2 of its payloads",
                "pack 0007.sqlite: no row names this file",
            ])
    }

    @Test func findsABrokenReference() throws {
        try workspace.tamper(
            workspace.path,
            """
            PRAGMA foreign_keys = OFF;
            INSERT INTO vocabulary (uid, name, run_id) VALUES ('\(String(repeating: "0", count: 32))', 'x', 99)
            """)
        #expect(try messages() == ["table vocabulary, row 1: the row of run that it names is missing"])
    }

    @Test func findsAUIDThatIsNone() throws {
        try workspace.tamper(
            workspace.path,
            "INSERT INTO vocabulary (uid, name, run_id) VALUES ('\(String(repeating: "Z", count: 32))', 'x', 1)"
        )
        #expect(try messages() == ["table vocabulary, row 1: the uid is not hexadecimal"])
    }

    @Test func findsADroppedTrigger() throws {
        try workspace.tamper(workspace.path, "DROP TRIGGER image_refuses_update")
        #expect(try messages() == ["the schema: trigger image_refuses_update is missing or altered"])
    }

    @Test func notesWhatAPersonAdded() throws {
        try workspace.tamper(workspace.path, "CREATE VIEW my_images AS SELECT id FROM image")
        #expect(
            try catalog.check() == [
                Finding(severity: .note, message: "the schema: view my_images is not one of figment's")
            ])
    }

    @Test func findsADamagedFile() throws {
        try catalog.write { () throws(Failure) in
            for number in 0..<2_000 {
                try workspace.vocabulary("\(number)")
            }
        }
        try catalog.checkpoint()
        let copy = workspace.folder.path("damaged.sqlite")
        var bytes = try Data(contentsOf: URL(filePath: workspace.path))
        let end = bytes.count
        bytes.replaceSubrange(end - 40_000..<end - 20_000, with: Data(repeating: 0xA5, count: 20_000))
        try bytes.write(to: URL(filePath: copy))
        let found: String
        do {
            found = try Catalog.open(at: copy).check().map(\.message).joined(separator: "\n")
        } catch {
            found = "\(error)"
        }
        #expect(found.contains("the file: ") || found.contains("is damaged"))
    }
}
