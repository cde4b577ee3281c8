import Diagnostics
import Files
import Foundation
import TestSupport
import Testing

@Suite struct FileNameTests {
    @Test(
        arguments: [
            "a", "0001.sqlite", ".hidden", "a b", "Käse.png", "...", String(repeating: "x", count: 255),
        ])
    func aNameLeadsNowhere(text: String) {
        #expect(FileName(text)?.text == text)
    }

    @Test(
        arguments: [
            "", ".", "..", "/", "a/b", "../a", "a/", "a\0b", "a\nb", "a\u{7F}", "a/\u{301}b", "..\0",
            String(repeating: "x", count: 256),
        ])
    func whatCouldLeadElsewhereIsNone(text: String) {
        #expect(FileName(text) == nil)
        let failure = #expect(throws: Failure.self) {
            try FileName(text, of: "the pack", hint: "Look into it.")
        }
        #expect(failure?.kind == .catalog)
        #expect(failure?.summary.hasPrefix("the pack is called '\(text)'") == true)
    }
}

@Suite struct PathTests {
    @Test(
        arguments: [
            ("a", ".", "a"), ("a/b", "a", "b"), ("a/b/", "a", "b"), ("/a", "/", "a"), ("/", "/", ""),
            ("a//b", "a", "b"), ("/a/b.c", "/a", "b.c"), ("a/\u{301}b", "a", "\u{301}b"),
        ])
    func isTakenApartByBytes(path: String, folder: String, name: String) {
        #expect(Path.split(path).folder == folder)
        #expect(Path.split(path).name == name)
    }

    @Test func twoSpellingsAreTwoNames() throws {
        let names = Set([FileName("\u{E9}"), FileName("e\u{301}"), FileName("\u{E9}")])
        #expect(names.count == 2)
    }

    @Test func isMadeAbsoluteWithoutALookAtTheDisk() throws {
        #expect(try Path.absolute("/a/./b//../c/") == "/a/c")
        #expect(try Path.absolute("/../..") == "/")
        #expect(try Path.absolute("x/y") == FileManager.default.currentDirectoryPath + "/x/y")
    }

    @Test func leadsOnFromAFolder() {
        #expect(Path.names(of: "/a/b/c", below: "/a") == ["b", "c"])
        #expect(Path.names(of: "/a", below: "/a") == [])
        #expect(Path.names(of: "/ab/c", below: "/a") == nil)
        #expect(Path.names(of: "/a/b", below: "/") == ["a", "b"])
    }

    @Test func linksAreResolved() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("real/file", "x")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: folder.path("real"))
        let real = try #require(try Path.resolved(file))
        #expect(try Path.resolved(folder.path("link/file")) == real)
        #expect(try Path.resolved(folder.path("none")) == nil)
    }
}
