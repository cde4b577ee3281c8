import Diagnostics
import Digests
import TestSupport
import Testing

@testable import ExportFormats

struct TarTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func archive(_ members: [(String, String)]) throws -> [UInt8] {
        let file = try OutputFile(at: folder.path("written.tar"))
        let tar = TarWriter(file)
        for (name, text) in members { try tar.append(name, Array(text.utf8)) }
        _ = try tar.close()
        return try Array(DirectoryContents.files(folder.url.path)["written.tar"] ?? .init())
    }

    func read(_ bytes: [UInt8]) throws(Failure) -> [String] {
        let path: String
        do { path = try folder.write("read.tar", bytes) } catch { throw Failure(.io, "\(error)") }
        let tar = try TarReader(at: path)
        var members: [String] = []
        while let header = try tar.next() {
            let text = String(decoding: try tar.bytes(limit: 1 << 20), as: UTF8.self)
            members.append("\(header.name)=\(text)")
        }
        return members
    }

    /// Rewrites the header's checksum, so that only what a test means to be wrong is wrong.
    func sealed(_ archive: [UInt8]) -> [UInt8] {
        var bytes = archive
        bytes.replaceSubrange(148..<156, with: [UInt8](repeating: 0x20, count: 8))
        let digits = String(bytes[..<512].reduce(0) { $0 + Int($1) }, radix: 8)
        let padded = String(repeating: "0", count: 6 - digits.count) + digits
        bytes.replaceSubrange(148..<156, with: Array(padded.utf8) + [0, 0x20])
        return bytes
    }

    @Test func systemTarReadsWhatWeWrite() throws {
        _ = try archive([("000000000.txt", "a boot"), ("a/b.cls", "3"), ("empty", "")])
        let listing = try Command.system(
            "tar", ["--utc", "-tvf", folder.path("written.tar")], environment: ["LC_ALL": "C"])
        #expect(listing.status == 0)
        let lines = listing.output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines.map { $0.last } == ["000000000.txt", "a/b.cls", "empty"])
        #expect(lines.map { $0[2] } == ["6", "1", "0"])
        #expect(lines.allSatisfy { $0[0] == "-rw-r--r--" && $0[1] == "0/0" && $0[3] == "1970-01-01" })
        let text = try Command.system("tar", ["-xOf", folder.path("written.tar"), "000000000.txt"])
        #expect(text.output == "a boot")
    }

    @Test func readsWhatSystemTarWrites() throws {
        let long = String(repeating: "d", count: 90) + "/" + String(repeating: "f", count: 60)
        try folder.write("from/\(long)", "far")
        try folder.write("from/near", String(repeating: "x", count: 1000))
        let made = try Command.system(
            "tar",
            ["--format=ustar", "-cf", folder.path("system.tar"), "-C", folder.path("from"), long, "near"])
        #expect(made.status == 0, "\(made.errors)")
        let bytes = try #require(try DirectoryContents.files(folder.url.path)["system.tar"])
        #expect(try read(Array(bytes)) == ["\(long)=far", "near=" + String(repeating: "x", count: 1000)])
    }

    @Test func sizeAndOrderFollowFromTheMembersAlone() throws {
        let bytes = try archive([("a", "1"), ("b", String(repeating: "2", count: 513))])
        #expect(bytes.count == 512 + 512 + 512 + 1024 + 1024)
        #expect(try archive([("a", "1"), ("b", String(repeating: "2", count: 513))]) == bytes)
        #expect(Array(bytes[257..<265]) == Array("ustar\u{0}00".utf8))
        #expect(sealed(bytes) == bytes)
        #expect(try read(bytes) == ["a=1", "b=" + String(repeating: "2", count: 513)])
    }

    @Test func truncationIsNoticedAtEveryLength() throws {
        let bytes = try archive([("a", "one"), ("b", "two")])
        for length in stride(from: 0, to: bytes.count, by: 37) {
            #expect(throws: Failure.self, "\(length)") { try read(Array(bytes[..<length])) }
        }
        #expect(throws: Failure.self) { try read(Array(bytes.dropLast(512))) }
    }

    @Test func everyAlteredByteOfAHeaderIsNoticed() throws {
        let bytes = try archive([("a", "one")])
        for place in 0..<512 where !(154..<156).contains(place) {
            var altered = bytes
            altered[place] ^= 0x01
            let result = Result { try read(altered) }
            #expect(throws: Failure.self, "byte \(place)") { try result.get() }
        }
    }

    @Test(arguments: ["77777777777 ", "00000010000 ", "-0000000001 ", "            ", "0000000000x "])
    func sizesThatCannotBeAreRefused(_ size: String) throws {
        var bytes = try archive([("a", "one")])
        bytes.replaceSubrange(124..<136, with: size.utf8)
        #expect(throws: Failure.self) { try read(sealed(bytes)) }
    }

    @Test func sizesOfBase256AreRefused() throws {
        var bytes = try archive([("a", "one")])
        bytes.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0xFF, count: 11))
        #expect(throws: Failure.self) { try read(sealed(bytes)) }
    }

    @Test(arguments: [("1", 156), ("2", 156), ("5", 156), ("x", 156), ("L", 156)])
    func linksFoldersAndExtensionsAreRefused(_ type: String, _ place: Int) throws {
        var bytes = try archive([("a", "one")])
        bytes.replaceSubrange(place...place, with: type.utf8)
        let failure = #expect(throws: Failure.self) { try read(sealed(bytes)) }
        #expect(failure?.summary.contains("no regular file") == true)
    }

    @Test func namesThatAreNoTextAreRefused() throws {
        var bytes = try archive([("a", "one")])
        bytes[0] = 0xFF
        #expect(throws: Failure.self) { try read(sealed(bytes)) }
        bytes[0] = 0
        #expect(throws: Failure.self) { try read(sealed(bytes)) }
    }

    @Test func whatFollowsTheEndIsRefused() throws {
        let bytes = try archive([("a", "one")])
        #expect(try read(bytes + [UInt8](repeating: 0, count: 9 * 512)) == ["a=one"])
        #expect(throws: Failure.self) { try read(bytes + bytes) }
        #expect(throws: Failure.self) { try read(bytes + [1]) }
    }

    @Test func aMemberOverTheLimitIsRefusedUnread() throws {
        let path = try folder.write("big.tar", try archive([("a", "12345")]))
        let tar = try TarReader(at: path)
        #expect(try tar.next()?.byteCount == 5)
        #expect(throws: Failure.self) { try tar.bytes(limit: 4) }
        let again = try TarReader(at: path)
        _ = try again.next()
        #expect(try again.hash() == SHA256.digest(of: "12345".utf8))
        #expect(try again.next() == nil)
        #expect(try again.digest() == Digest(ofFile: path))
    }
}
