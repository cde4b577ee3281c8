import CSQLite3
import Diagnostics
import SQLite
import TestSupport
import Testing

struct ConnectionTests {
    let connection: Connection

    init() throws { connection = try .inMemory() }

    @Test func keepsEveryKindOfValue() throws {
        let values: [SQLValue] = [
            .integer(.min), .integer(.max), .real(-0.1), .text(""), .text("žlutý \u{0} kůň"), .blob([]),
            .blob([0, 255]), .null,
        ]
        for value in values {
            #expect(try connection.value("SELECT ?", [value]) == value)
        }
    }

    /// Statements are kept for the next time: two that look alike to Swift are two.
    @Test func statementsThatLookAlikeAreTwo() throws {
        for text in ["\u{E9}", "e\u{301}", "\u{E9}"] {
            let read = try connection.value("SELECT hex('\(text)')")
            #expect(read == .text(text.utf8.map { String($0, radix: 16, uppercase: true) }.joined()))
        }
    }

    @Test func bindsByName() throws {
        let statement = try connection.statement("SELECT :a || :b || :a")
        try statement.bind([":a": "x", ":b": "y", ":unused": 1])
        #expect(try statement.step())
        #expect(statement.row.text(0) == "xyx")
        #expect(throws: SQLiteError.self) { try statement.bind([":a": "x"]) }
    }

    @Test func convertsWhereTypesDiffer() throws {
        let statement = try connection.statement("SELECT 'twelve', NULL, x'ff41', 2.75")
        #expect(try statement.step())
        let row = statement.row
        #expect(row.values == [.text("twelve"), .null, .blob([255, 65]), .real(2.75)])
        #expect(row.integer(0) == 0)
        #expect(row.text(1) == "")
        #expect(row.bytes(1) == [])
        #expect(row.optionalInteger(1) == nil)
        #expect(row.text(2) == "\u{FFFD}A")
        #expect(row.integer(3) == 2)
    }

    @Test func countsValues() {
        let error = #expect(throws: SQLiteError.self) { try connection.run("SELECT ?, ?", [1]) }
        #expect(error?.message == "the statement has 2 parameters, but 1 values are given")
    }

    @Test func copiesARowOfAnotherDatabase() throws {
        let other = try Connection.inMemory()
        let query = try other.statement("SELECT 1, 0.5, 'žlutý' || char(0) || 'kůň', x'00ff', NULL")
        #expect(try query.step())
        try connection.runScript("CREATE TABLE copy (mark, a, b, c, d, e)")
        let insertion = try connection.statement("INSERT INTO copy VALUES (?, ?, ?, ?, ?, ?)")
        for mark in ["first", "second"] { try insertion.run([.text(mark)], then: query.row) }
        let copy = try connection.statement("SELECT * FROM copy")
        for mark in ["first", "second"] {
            #expect(try copy.step())
            #expect(copy.row.values == [.text(mark)] + query.row.values)
        }
        let error = #expect(throws: SQLiteError.self) { try insertion.run(then: query.row) }
        #expect(error?.message == "the statement has 6 parameters, but 5 values are given")
    }

    @Test func takesExactlyOneStatement() throws {
        #expect(try connection.value("SELECT 1; -- done\n ;") == 1)
        let two = #expect(throws: SQLiteError.self) { try connection.run("SELECT 1; SELECT 2") }
        #expect(two?.message == "there is more than one statement")
        let none = #expect(throws: SQLiteError.self) { try connection.run(" -- nothing") }
        #expect(none?.message == "there is no statement")
    }

    @Test func nestsRunsOfTheSameStatement() throws {
        try connection.runScript("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3)")
        let outer = try connection.statement("SELECT x FROM t ORDER BY x")
        var pairs: [[Int]] = []
        while try outer.step() {
            let inner = try connection.statement("SELECT x FROM t ORDER BY x")
            while try inner.step() { pairs.append([outer.row.integer(0), inner.row.integer(0)]) }
        }
        #expect(pairs.count == 9)
        #expect(pairs.last == [3, 3])
    }

    @Test func rollsBackOnError() throws {
        try connection.runScript("CREATE TABLE t (x UNIQUE)")
        #expect(throws: SQLiteError.self) {
            try connection.transaction { () throws(SQLiteError) in
                try connection.run("INSERT INTO t VALUES (1)")
                try connection.run("INSERT INTO t VALUES (1)")
            }
        }
        #expect(!connection.isInTransaction)
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
    }

    @Test func definesFunctions() throws {
        try connection.define("twice", argumentCount: 1) { values throws(Failure) in
            guard case .integer(let value) = values[0] else {
                throw Failure(.badInput, "an integer is wanted")
            }
            return .integer(2 * value)
        }
        #expect(try connection.value("SELECT twice(21)") == 42)
        let error = #expect(throws: SQLiteError.self) { try connection.value("SELECT twice('x')") }
        #expect(error?.message == "twice: an integer is wanted")
    }

    @Test func stopsAtTheDeadline() throws {
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        let deadline = ContinuousClock.now + .milliseconds(20)
        connection.stop { ContinuousClock.now > deadline }
        let error = #expect(throws: SQLiteError.self) { try connection.value(endless) }
        #expect(error?.primaryCode == SQLITE_INTERRUPT)
        connection.stop(when: nil)
        #expect(try connection.value("SELECT 1") == 1)
    }

    @Test func asksTheAuthorizer() throws {
        try connection.runScript("CREATE TABLE t (x)")
        var asked: [String] = []
        connection.authorize { action in
            if let table = action.first { asked.append(table) }
            return action.code != SQLITE_DELETE
        }
        #expect(try connection.value("SELECT x FROM t") == .null)
        #expect(asked.contains("t"))
        let error = #expect(throws: SQLiteError.self) { try connection.run("DELETE FROM t") }
        #expect(error?.primaryCode == SQLITE_AUTH)
        connection.authorize(nil)
        try connection.run("DELETE FROM t")
    }

    @Test func limitsLengths() throws {
        connection.setLimit(SQLITE_LIMIT_LENGTH, 1_000)
        let error = #expect(throws: SQLiteError.self) { try connection.value("SELECT zeroblob(2000)") }
        #expect(error.map { Failure($0).kind } == .badInput)
    }

    @Test func defendsTheSchema() throws {
        connection.defend()
        #expect(throws: SQLiteError.self) {
            try connection.runScript("PRAGMA writable_schema=ON; DELETE FROM sqlite_schema")
        }
        #expect(throws: SQLiteError.self) { try connection.value("SELECT \"no such column\"") }
    }
}
