import Diagnostics
import Files
import Testing

@testable import Catalogs

/// Readers and writers do not wait for each other, and the write-ahead log stays short all the same.
struct LogTests {
    private let workspace: Workspace
    private var catalog: Catalog { workspace.catalog }

    init() throws {
        workspace = try Workspace()
        workspace.catalog.logLimit = 100
    }

    /// Appends in many small transactions; gives the greatest length that the log had.
    private func append(_ numbers: Range<Int>) throws(Failure) -> Int {
        var longest = 0
        for number in numbers {
            try workspace.vocabulary("\(number)")
            longest = max(longest, catalog.connection.logPageCount)
        }
        return longest
    }

    private func count(_ catalog: Catalog) throws(Failure) -> Int {
        try catalog.integer("SELECT count(*) FROM vocabulary")
    }

    @Test func staysShortWhileAWriterWorksLong() throws {
        #expect(try append(0..<1_000) < 200)
        try catalog.checkpoint()
        #expect(FileStatus(workspace.path + "-wal")?.size == 0)
    }

    @Test func aCheckpointThatFailsIsNoFailureOfTheWrite() throws {
        catalog.connection.authorize { $0.first != "wal_checkpoint" }
        catalog.logLimit = 0
        try workspace.vocabulary("a")
        #expect(try count(catalog) == 1)
        #expect(failure { try catalog.checkpoint() } != nil, "it is said where it is asked for")
        catalog.connection.authorize(nil)
        try catalog.checkpoint()
        #expect(FileStatus(workspace.path + "-wal")?.size == 0)
    }

    @Test func aLongReaderStopsNeitherAppendsNorCheckpoints() throws {
        let reader = try Catalog.open(at: workspace.path, mode: .readOnly)
        _ = try append(0..<10)
        try reader.reading { () throws(Failure) in
            #expect(try count(reader) == 10)
            _ = try append(10..<500)
            try catalog.checkpoint()
            #expect(try count(reader) == 10, "the reader's state is that of its beginning")
        }
        #expect(try count(reader) == 500)
        let grown = catalog.connection.logPageCount
        #expect(grown > 400, "what the reader needed has stayed in the log")
        #expect(try append(500..<1_500) < grown + 200, "without the reader the log begins anew")
        #expect(catalog.connection.logPageCount < 200)
        try catalog.checkpoint()
        #expect(FileStatus(workspace.path + "-wal")?.size == 0)
        #expect(try catalog.check() == [])
    }
}
