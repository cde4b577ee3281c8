import Diagnostics
import Files
import Foundation
import Glibc
import TestSupport
import Testing

/// What is written and read through a folder, whatever somebody has put there.
@Suite struct FolderTests {
    let temporary: TemporaryFolder
    let folder: Folder
    let victim: String

    init() throws {
        temporary = try TemporaryFolder()
        victim = try temporary.write("victim/mine.txt", "mine")
        folder = try Folder.make(temporary.path("deep/work"))
    }

    private func name(_ text: String) throws -> FileName { try #require(FileName(text)) }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/\(name)", withDestinationPath: target)
    }

    private var isVictimIntact: Bool { (try? String(contentsOfFile: victim, encoding: .utf8)) == "mine" }

    @Test func aNewFileReplacesALinkAndSparesWhatItLeadsTo() throws {
        try link("index.html", to: victim)
        try folder.write(Array("page".utf8), to: name("index.html"))
        #expect(isVictimIntact)
        #expect(folder.kind(of: try name("index.html")) == .file)
        #expect(try folder.entries().names == ["index.html"])
    }

    @Test func aNewFileIsWholeOrNotThere() throws {
        try folder.write(Array("old".utf8), to: name("a"))
        var file: NewFile? = try NewFile(name("a"), in: folder)
        try file?.write(Array("half".utf8))
        #expect(try String(contentsOfFile: "\(folder.path)/a", encoding: .utf8) == "old")
        file = nil
        #expect(try folder.entries().names == ["a"])
        let long = try name(String(repeating: "x", count: 255))
        try folder.write([1], to: long)
        #expect(try folder.entries().names.contains(long.text))
    }

    @Test func aFolderThatIsALinkIsNeitherMadeNorOpened() throws {
        try link("images", to: temporary.path("victim"))
        let failure = #expect(throws: Failure.self) { try folder.makeFolder(name("images")) }
        #expect(failure?.kind == .io)
        #expect(failure?.hint?.contains("symbolic link") == true)
        #expect(throws: Failure.self) { try Folder(name("images"), in: folder) }
    }

    @Test func aFileBelowIsReachedByNoLink() throws {
        try temporary.write("deep/work/inner/file", "own")
        try link("file", to: victim)
        try link("other", to: temporary.path("victim"))
        #expect(try InputFile("inner/file", below: folder).size == 3)
        let paths = [
            "file", "other/mine.txt", "inner/../file", "/etc/passwd", "inner//file", "", "../victim/mine.txt",
        ]
        for path in paths {
            #expect(throws: Failure.self, "\(path)") { try InputFile(path, below: folder) }
        }
    }

    @Test func removingSparesWhatLinksLeadTo() throws {
        try temporary.write("deep/work/old/inner/file", "x")
        try link("old/inner/link", to: temporary.path("victim"))
        folder.removeAll(try name("old"))
        #expect(try folder.entries().names == [])
        #expect(isVictimIntact)
    }

    @Test func aLockIsNoOtherFilesSecondName() throws {
        try link("a.lock", to: victim)
        #expect(Glibc.link(victim, "\(folder.path)/b.lock") == 0)
        #expect(mkfifo("\(folder.path)/c.lock", 0o600) == 0)
        for lock in ["a.lock", "b.lock", "c.lock"] {
            let failure = #expect(throws: Failure.self, "\(lock)") { try LockFile("\(folder.path)/\(lock)") }
            #expect(failure?.kind == .io)
        }
        let lock = try LockFile("\(folder.path)/d.lock")
        let other = try LockFile("\(folder.path)/d.lock")
        #expect(lock.take() && !other.take())
        lock.note(Array("me".utf8))
        #expect(other.holder(count: 10) == Array("me".utf8))
        lock.release()
        #expect(other.take())
        #expect(isVictimIntact)
    }

    @Test func whatCannotBeLookedIntoIsTold() throws {
        try temporary.write("deep/work/a/1.png", "x")
        try temporary.write("deep/work/.hidden/2.png", "x")
        try temporary.write("deep/work/a/.3.png", "x")
        try link("a/link", to: temporary.path("victim"))
        #expect(mkdir("\(folder.path)/closed", 0) == 0)
        let made = try Command.system(
            "sh", ["-c", "cd \"$1\" && touch \"$(printf 'caf\\351')\"", "sh", "\(folder.path)/a"])
        #expect(made.status == 0)
        let contents = FolderContents(of: folder, passesHidden: true)
        #expect(contents.files == ["a/1.png", "a/link"])
        // Who is root reads every folder.
        #expect(contents.faults.map(\.path) == ["a/caf\\xe9"] + (geteuid() == 0 ? [] : ["closed"]))
        #expect(contents.faults[0].reason == "the name is not UTF-8")
        #expect(FolderContents(of: folder, passesHidden: false).files.contains(".hidden/2.png"))
    }

    @Test func failuresNameTheFile() throws {
        let failure = #expect(throws: Failure.self) { try InputFile(temporary.path("none")) }
        #expect(failure?.kind == .missingResource)
        #expect(failure?.summary == "cannot read \(temporary.path("none")): No such file or directory")
        let shown = #expect(throws: Failure.self) { try InputFile(temporary.path("none"), shownAs: "it") }
        #expect(shown?.summary.hasPrefix("cannot read it:") == true)
        let parent = #expect(throws: Failure.self) { try NewFile(temporary.path("no/where")) }
        #expect(parent?.kind == .missingResource)
    }
}
