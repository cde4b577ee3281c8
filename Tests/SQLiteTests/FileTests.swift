import CSQLite3
import Diagnostics
import Foundation
import SQLite
import TestSupport
import Testing

struct FileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func failure(_ body: () throws(SQLiteError) -> Void) -> Failure? {
        do {
            try body()
            return nil
        } catch {
            return Failure(error)
        }
    }

    @Test func opensPathsWithStrangeCharacters() throws {
        for name in ["a b?c=d#e%41.sqlite", "file:x", "žluť.sqlite"] {
            let path = folder.path(name)
            try Connection(path, .create).runScript("CREATE TABLE t (x); INSERT INTO t VALUES (7)")
            #expect(try Connection(path, .readOnly).value("SELECT x FROM t") == 7)
            #expect(try Connection(path, .immutable).value("SELECT x FROM t") == 7)
        }
    }

    @Test func namesWhatIsWrongWithAFile() throws {
        let noise = try folder.write("noise.sqlite", String(repeating: "no database ", count: 100))
        let notOne = failure { () throws(SQLiteError) in
            _ = try Connection(noise, .readOnly).value("SELECT count(*) FROM sqlite_schema")
        }
        #expect(notOne?.kind == .catalog)
        #expect(notOne?.summary == "\(noise) is not an SQLite database")
        let missing = failure { () throws(SQLiteError) in _ = try Connection(folder.path("gone"), .readWrite)
        }
        #expect(missing?.kind == .io)
        #expect(missing?.summary == "\(folder.path("gone")) cannot be opened")
    }

    @Test func saysWhoCannotWrite() throws {
        let path = folder.path("a.sqlite")
        try Connection(path, .create).runScript("CREATE TABLE t (x)")
        let reader = try Connection(path, .readOnly)
        #expect(reader.isReadOnly)
        let refused = failure { () throws(SQLiteError) in try reader.run("INSERT INTO t VALUES (1)") }
        #expect(refused?.kind == .io)
        #expect(refused?.trail == ["running INSERT INTO t VALUES (1)"])
    }

    @Test func saysWhoIsBusy() throws {
        let path = folder.path("a.sqlite")
        let first = try Connection(path, .create)
        try first.runScript("CREATE TABLE t (x); BEGIN IMMEDIATE")
        let second = try Connection(path, .readWrite, busySeconds: 0.01)
        #expect(failure { () throws(SQLiteError) in try second.run("BEGIN IMMEDIATE") }?.kind == .catalogBusy)
    }

    @Test func saysWhenTheDiskIsFull() throws {
        let connection = try Connection(folder.path("a.sqlite"), .create)
        try connection.runScript("CREATE TABLE t (x); PRAGMA max_page_count = 4")
        let full = failure { () throws(SQLiteError) in
            try connection.transaction { () throws(SQLiteError) in
                try connection.run("INSERT INTO t VALUES (zeroblob(100000))")
            }
        }
        #expect(full?.kind == .io)
        #expect(full?.hint?.contains("Free space") == true)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
    }

    @Test func copiesCompletely() throws {
        let connection = try Connection(folder.path("a.sqlite"), .create)
        try connection.runScript("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)")
        let copy = folder.path("it's a copy.sqlite")
        try connection.copy(to: copy)
        #expect(try Connection(copy, .readOnly).integer("SELECT sum(x) FROM t") == 3)
        #expect(throws: SQLiteError.self) { try connection.copy(to: copy) }
    }

    @Test func writesTheSchemaInOneOrder() throws {
        let one = try Connection.inMemory()
        try one.runScript("CREATE TABLE b (x PRIMARY KEY); CREATE VIEW v AS SELECT 1; CREATE TABLE a (y)")
        let other = try Connection.inMemory()
        try other.runScript("CREATE TABLE a (y); CREATE TABLE b (x PRIMARY KEY); CREATE VIEW v AS SELECT 1")
        #expect(try one.schemaText() == other.schemaText())
        let text = "CREATE TABLE a (y);\nCREATE TABLE b (x PRIMARY KEY);\nCREATE VIEW v AS SELECT 1;\n"
        #expect(try one.schemaText() == text)
    }

    /// SQLite deletes the file that a hot journal names as its super-journal, whatever may be done to the database.
    @Test func opensNothingThatWouldMakeSQLiteDeleteAnotherFile() throws {
        let path = folder.path("a.sqlite")
        try Connection(path, .create).runScript("CREATE TABLE t (x)")
        let victim = try folder.write("victim.txt", "dear")
        let link = folder.path("link.sqlite")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        try SuperJournal.plant(beside: path, against: victim)
        for mode in [Connection.Mode.readOnly, .readWrite, .create] {
            for name in [path, link] {
                let refused = failure { () throws(SQLiteError) in
                    _ = try Connection(name, mode).integer("SELECT count(*) FROM t")
                }
                #expect(refused?.kind == .catalog)
                #expect(refused?.summary.hasPrefix("the journal ") == true, "\(String(describing: refused))")
            }
        }
        let attached = failure { () throws(SQLiteError) in
            try Connection.inMemory().attach(link, as: "other", isImmutable: false)
        }
        #expect(attached?.kind == .catalog)
        #expect(FileManager.default.fileExists(atPath: victim))
        // A journal of SQLite's own making is rolled back.
        try FileManager.default.removeItem(atPath: path + "-journal")
        try folder.write("a.sqlite-journal", String(repeating: "\0", count: 512))
        #expect(try Connection(path, .readWrite).integer("SELECT count(*) FROM t") == 0)
        #expect(FileManager.default.fileExists(atPath: victim))
    }
}
