import CatalogSchema
import Diagnostics
import Digests
import Files
import Foundation
import SQLite
import TestSupport
import Testing

@testable import Catalogs

struct AppendingTests {
    let workspace: Workspace
    var catalog: Catalog { workspace.catalog }

    init() throws { workspace = try Workspace() }

    @Test func appendsARowOnce() throws {
        let first = try workspace.vocabulary("animals")
        let second = try workspace.vocabulary("plants")
        #expect(first != second)
        #expect(try workspace.vocabulary("animals") == first)
        #expect(try catalog.integer("SELECT count(*) FROM vocabulary") == 2)
        #expect(try catalog.id(of: UID(of: "vocabulary", [("name", "plants")]), in: "vocabulary") == second)
        #expect(try catalog.id(of: UID(of: "vocabulary", [("name", "stones")]), in: "vocabulary") == nil)
    }

    @Test func refusesToChangeOrDelete() throws {
        try workspace.vocabulary("animals")
        for sql in ["UPDATE vocabulary SET name = 'x'", "DELETE FROM vocabulary"] {
            #expect(failure { try catalog.execute(sql) }?.summary.contains("append-only") == true)
        }
        #expect(try catalog.rows("SELECT name FROM vocabulary") { $0.text(0) } == ["animals"])
    }

    @Test func namesTheConstraintThatRefusesARow() throws {
        let refused = failure {
            try catalog.append("vocabulary", UID(of: "vocabulary", []), ["name": "x", "run_id": 999])
        }
        #expect(refused?.kind == .badInput)
        #expect(refused?.summary.contains("FOREIGN KEY") == true)
        #expect(try catalog.integer("SELECT count(*) FROM vocabulary") == 0)
    }

    @Test func keepsAllOfATransactionOrNothing() throws {
        let failed = failure {
            try catalog.write { () throws(Failure) in
                try catalog.append(
                    "vocabulary", UID(of: "vocabulary", []),
                    ["name": "x", "run_id": .integer(workspace.run.id)])
                throw Failure(.bug, "in between")
            }
        }
        #expect(failed?.summary == "in between")
        #expect(try catalog.integer("SELECT count(*) FROM vocabulary") == 0)
        try workspace.vocabulary("after")
        #expect(try catalog.integer("SELECT count(*) FROM vocabulary") == 1)
    }

    @Test func leavesTheCatalogAsItWasWhenTheDiskIsFull() throws {
        let limit = try catalog.integer("PRAGMA page_count") + 8
        try catalog.execute("PRAGMA max_page_count = \(limit)")
        let full = failure {
            try catalog.write { () throws(Failure) in
                for number in 0..<10_000 {
                    try catalog.append(
                        "vocabulary", UID(of: "vocabulary", [("number", .integer(number))]),
                        ["name": .text("\(number)"), "run_id": .integer(workspace.run.id)])
                }
            }
        }
        #expect(full?.kind == .io)
        #expect(full?.summary.contains("no space left") == true)
        #expect(try catalog.integer("SELECT count(*) FROM vocabulary") == 0)
        #expect(try Catalog.open(at: workspace.path).check() == [])
    }

    @Test func recordsRuns() throws {
        try workspace.run.append(.batch, appended: 3, refused: 1, to: catalog)
        try workspace.run.append(.finished, message: "done", to: catalog)
        let run = try catalog.rows(
            """
            SELECT program, version, options, seed, threads, machine, cpu, sqlite_version, started_at, host, process
            FROM run
            """
        ) { $0.values }
        #expect(run.count == 1)
        #expect(run[0][..<5] == ["figment-trial", "test", "{\"seed\":7}", 7, 2])
        #expect(run[0][7] == .text(Connection.version))
        #expect(run[0][5...6].allSatisfy { $0 != "" && $0 != .null })
        #expect(run[0][9...] == ["", .null])
        guard case .text(let time) = run[0][8] else {
            Issue.record("the time is no text")
            return
        }
        let parsed = try Date(
            time, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true))
        #expect(abs(parsed.timeIntervalSinceNow) < 60)
        let events = try catalog.rows("SELECT sequence, kind, appended, refused, message FROM run_event") {
            $0.values
        }
        #expect(
            events == [
                [0, "started", 0, 0, nil], [1, "batch", 3, 1, nil], [2, "finished", 0, 0, "done"],
            ])
    }

    @Test func givesEveryRunItsOwnUID() throws {
        let other = try Run.begin(
            in: catalog, program: "figment-trial", version: "test", options: ["seed": 7], seed: 7, threads: 2)
        #expect(other.uid != workspace.run.uid)
        #expect(other.id != workspace.run.id)
    }

    @Test func readsOneStateWhateverOthersAppend() throws {
        let other = try Catalog.open(at: workspace.path)
        try catalog.reading { () throws(Failure) in
            #expect(try catalog.integer("SELECT count(*) FROM vocabulary") == 0)
            try other.append(
                "vocabulary", UID(of: "vocabulary", []), ["name": "x", "run_id": .integer(workspace.run.id)])
            #expect(try catalog.integer("SELECT count(*) FROM vocabulary") == 0)
        }
        #expect(try catalog.integer("SELECT count(*) FROM vocabulary") == 1)
    }

    @Test func emptiesTheLog() throws {
        try workspace.vocabulary("animals")
        #expect((FileStatus(catalog.location.log)?.size ?? 0) > 0)
        try catalog.checkpoint()
        #expect(FileStatus(catalog.location.log)?.size == 0)
        // The file alone is complete: a copy of it holds the row.
        let copy = workspace.folder.path("copy.sqlite")
        try FileManager.default.copyItem(atPath: workspace.path, toPath: copy)
        #expect(try Catalog.open(at: copy).integer("SELECT count(*) FROM vocabulary") == 1)
    }

    @Test func namesTheProcessThatHoldsTheCatalog() throws {
        let other = WriteLock(path: catalog.location.lock, catalog: workspace.path)
        let busy = failure {
            try catalog.write { () throws(Failure) in
                try other.hold(seconds: 0.01) { () throws(Failure) in }
            }
        }
        #expect(busy?.kind == .catalogBusy)
        #expect(busy?.summary.contains("(process \(getpid()))") == true)
        try other.hold(seconds: 0.01) { () throws(Failure) in }
    }

    @Test func takesTurnsAmongThreads() async throws {
        let path = workspace.path
        let run = workspace.run
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    let catalog = try Catalog.open(at: path)
                    for number in 0..<50 {
                        let name = "\(worker % 2 * 1_000 + number)"
                        try catalog.append(
                            "vocabulary", UID(of: "vocabulary", [("name", .string(name))]),
                            ["name": .text(name), "run_id": .integer(run.id)])
                    }
                    try catalog.checkpoint()
                }
            }
            try await group.waitForAll()
        }
        #expect(try catalog.integer("SELECT count(*) FROM vocabulary") == 100)
        #expect(try catalog.check() == [])
    }
}
