import Diagnostics
import Digests
import Files
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

/// What lies on the disk at any moment is what a process that is killed there leaves behind: so the files are
/// copied in mid-work, and the copy must pass its check and go on.
struct KillTests {
    let workspace = Result { try Workspace() }

    private func copyOfTheFilesNow(_ name: String) throws -> String {
        let workspace = try workspace.get()
        let copy = workspace.folder.path(name)
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for file in ["animals.sqlite", "animals.sqlite-wal", "animals.packs"] {
            let source = workspace.folder.path(file)
            guard FileManager.default.fileExists(atPath: source) else { continue }
            try FileManager.default.copyItem(atPath: source, toPath: "\(copy)/\(file)")
        }
        return "\(copy)/animals.sqlite"
    }

    @Test func losesOnlyTheTransactionInHand() throws {
        let workspace = try workspace.get()
        let catalog = workspace.catalog
        // A small cache makes SQLite write pages to the log before the transaction ends.
        try catalog.execute("PRAGMA cache_size = 10")
        let writer = catalog.payloadWriter(run: workspace.run)
        var copies: [(path: String, images: Int)] = []
        for batch in 0..<3 {
            let payloads = (0..<200).map { number in
                Array("\(batch) \(number)".utf8) + Array(repeating: 0, count: 500)
            }
            let stored = try writer.put(payloads)
            copies.append((try copyOfTheFilesNow("put-\(batch)"), batch * 200))
            let duringTheTransaction = try catalog.write { () throws(Failure) in
                for payload in stored { try workspace.image(payload) }
                return Result { try copyOfTheFilesNow("open-\(batch)") }
            }
            copies.append((try duringTheTransaction.get(), batch * 200))
            copies.append((try copyOfTheFilesNow("done-\(batch)"), batch * 200 + 200))
        }
        for copy in copies {
            let catalog = try Catalog.open(at: copy.path)
            #expect(try catalog.integer("SELECT count(*) FROM image") == copy.images, "\(copy.path)")
            #expect(try catalog.check().filter { $0.severity == .damage } == [], "\(copy.path)")
            let run = try Run.begin(
                in: catalog, program: "figment-trial", version: "test", options: [:], seed: nil, threads: 1)
            try catalog.payloadWriter(run: run).put([[1, 2, 3]])
            try catalog.checkpoint()
            #expect(try catalog.check().filter { $0.severity == .damage } == [], "\(copy.path)")
        }
    }

    @Test func rollsBackAPackThatWasBeingWritten() throws {
        let workspace = try workspace.get()
        let digest = try workspace.image(of: Array("a picture".utf8)).hex
        let pack = workspace.folder.path("animals.packs/0001.sqlite")
        let writer = try Connection(pack, .readWrite)
        // A transaction that changes pages in place, spilled to the file under its journal.
        try writer.runScript(
            """
            PRAGMA journal_mode = TRUNCATE; PRAGMA cache_size = 1; BEGIN IMMEDIATE;
            UPDATE payload SET bytes = zeroblob(50000);
            INSERT INTO payload WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
            SELECT 'x' || i, zeroblob(5000) FROM n
            """)
        let copy = try copyOfTheFilesNow("torn")
        writer.rollBack()
        let journal = copy.replacing("animals.sqlite", with: "animals.packs/0001.sqlite-journal")
        #expect((FileStatus(journal)?.size ?? 0) > 0)
        let catalog = try Catalog.open(at: copy)
        #expect(try catalog.payload(digest, in: 1) == Array("a picture".utf8))
        #expect(try catalog.check() == [])
    }
}
