import Diagnostics
import Files
import Foundation
import TestSupport
import Testing

@testable import StageKit

struct RecordedPathsTests {
    private let folder: TemporaryFolder
    private let work: String

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("home/work/note", "")
        work = folder.path("home/work")
    }

    private func paths(_ roots: [String] = [], isWhole: Bool = false) throws -> RecordedPaths {
        try RecordedPaths(
            catalog: "\(work)/c.sqlite", roots: roots.map { try #require(RootFolder.format.read($0)) },
            home: folder.path("home"), isWhole: isWhole)
    }

    @Test func tellNoMoreThanIsNeeded() throws {
        let paths = try paths(["photos=\(folder.path("disk/photos"))"])
        #expect(try paths.recorded("\(work)/data/cats/1.png") == "data/cats/1.png")
        #expect(try paths.recorded("\(work)/./data/../data/") == "data")
        #expect(try paths.recorded(work) == ".")
        #expect(try paths.recorded("\(work)/a:b/c") == "./a:b/c")
        #expect(try paths.recorded("\(work)s/x") == "../works/x")
        #expect(try paths.recorded(folder.path("home/data/cats")) == "../data/cats")
        #expect(try paths.recorded(folder.path("disk/photos/cats/1.png")) == "photos:cats/1.png")
        #expect(try paths.recorded(folder.path("disk/photos")) == "photos:")
        #expect(try paths.recorded("/usr/share/mnist") == "/usr/share/mnist")
        #expect(try paths.recorded("starter:clip") == "starter:clip")
        let outside = try paths.recorded(folder.path("disk/secret/cats"))
        #expect(outside.wholeMatch(of: /unnamed-[0-9a-f]{16}:cats/) != nil, "\(outside)")
        #expect(
            try paths.recorded(folder.path("disk/secret/dogs")) == outside.replacing("cats", with: "dogs"))
        #expect(try paths.recorded(folder.path("disk/other/cats")) != outside)
    }

    @Test func areFullWhereTheHostIsRecorded() throws {
        #expect(try paths(isWhole: true).recorded("\(work)/data") == "\(work)/data")
    }

    @Test func aLinkedFolderOfTheCatalogIsTheSameFolder() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: "home/work")
        let paths = try RecordedPaths(
            catalog: folder.path("link/c.sqlite"), roots: [], home: nil, isWhole: false)
        #expect(try paths.recorded(folder.path("link/data")) == "data")
        #expect(try paths.recorded("\(work)/data") == "data")
    }

    @Test(arguments: [".", "photos:", "data", "unnamed-00:data"])
    func areContinued(place: String) {
        let joined = [
            ".": "a/b", "photos:": "photos:a/b", "data": "data/a/b", "unnamed-00:data": "unnamed-00:data/a/b",
        ]
        #expect(RecordedPaths.join(place, "a/b") == joined[place])
    }

    @Test func leadBack() throws {
        let paths = try paths(["photos=/disk/photos"])
        #expect(paths.places(of: "photos:cats") == ["/disk/photos/cats"])
        #expect(paths.places(of: "models/sd") == ["\(work)/models/sd", "models/sd"])
        #expect(paths.places(of: "/models/sd") == ["/models/sd"])
    }

    @Test(arguments: ["photos", "=x", "photos=", "Photos=/x", "unnamed-1=/x", "starter=/x", "a:b=/x"])
    func aRootHasAPlainName(word: String) {
        #expect(RootFolder.format.read(word) == nil)
    }

    @Test(
        arguments: [
            ("cannot read /home/jane/a.png: no", "cannot read …/a.png: no"),
            ("'/home/jane/x y/z'", "'…/x y/z'"), ("/a/b, (/c/d)", "…/b, (…/d)"),
            ("images/sec 1/10 and/or", "images/sec 1/10 and/or"), ("/dev", "/dev"), ("a\n/b/c\n", "a\n…/c\n"),
        ])
    func messagesNameFilesAlone(text: String, recorded: String) {
        #expect(Path.withoutFolders(in: text) == recorded)
    }
}
