import Diagnostics
import Files
import Glibc
import TestSupport
import Testing

@Suite struct InputFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func readsWholeAndInParts() throws {
        let file = try InputFile(folder.write("a", "0123456789"))
        #expect(file.size == 10)
        #expect(try file.bytes(limit: 10) == Array("0123456789".utf8))
        #expect(try file.bytes(at: 3, count: 4) == Array("3456".utf8))
        #expect(try file.bytes(at: 10, count: 0) == [])
        #expect(try InputFile(folder.write("empty", "")).bytes(limit: 0) == [])
    }

    @Test func refusesToReadBeyondTheEndOrTheLimit() throws {
        let path = try folder.write("a", "0123456789")
        let file = try InputFile(path)
        let beyond = #expect(throws: Failure.self) { try file.bytes(at: 3, count: 8) }
        #expect(beyond?.kind == .io && beyond?.summary.hasPrefix("\(path) ends at byte 10") == true)
        let large = #expect(throws: Failure.self) { try file.bytes(limit: 9) }
        #expect(large?.kind == .badInput && large?.summary == "\(path) has 10 bytes; at most 9 are read")
    }

    @Test func saysWhyAFileCannotBeOpened() throws {
        let missing = #expect(throws: Failure.self) { try InputFile(folder.path("none")) }
        #expect(missing?.kind == .missingResource && missing?.summary.contains(folder.path("none")) == true)
        let isFolder = #expect(throws: Failure.self) { try InputFile(folder.url.path) }
        #expect(isFolder?.kind == .io && isFolder?.summary.contains("is a folder, not a file") == true)
        // A pipe without a writer must not make anyone wait.
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        let pipe = #expect(throws: Failure.self) { try InputFile(folder.path("pipe")) }
        #expect(pipe?.kind == .io && pipe?.summary.contains("is a device, not a file") == true)
    }
}
