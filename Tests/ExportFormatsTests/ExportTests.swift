import Diagnostics
import Digests
import Foundation
import TestSupport
import Testing

@testable import ExportFormats

struct ExportTests {
    let folder: TemporaryFolder
    let target: String

    init() throws {
        folder = try TemporaryFolder()
        target = folder.path("export")
    }

    func failure(_ data: SampleDataset, _ items: [ExportItem]? = nil) -> Failure? {
        var items = (items ?? data.items())[...]
        do throws(Failure) {
            try Export.write(try data.plan(), as: .webDataset(), to: target) { items.popFirst() }
            return nil
        } catch {
            return error
        }
    }

    func item(
        _ change: (inout Parts) -> Void
    ) -> ExportItem {
        var parts = Parts()
        change(&parts)
        return ExportItem(
            uid: SampleDataset.uid(0), split: parts.split, label: parts.label, caption: parts.caption,
            weight: parts.weight, width: parts.width, height: 3, format: parts.format,
            sha256: parts.sha256, bytes: parts.bytes, values: parts.values)
    }

    struct Parts {
        var split = "train"
        var label = 0
        var caption = "a boot"
        var weight = 1.0
        var width = 4
        var format = ExportImageFormat.png
        var bytes = SampleDataset.png(0)
        var sha256 = SHA256.digest(of: SampleDataset.png(0))
        var values: [ExportValue] = [.real(1), .integer(2), .string("ddim")]
    }

    @Test func everyUnfitItemIsNamedAndNothingIsLeft() throws {
        let unfit: [(String, ExportItem)] = [
            ("split 'valid'", item { $0.split = "valid" }),
            ("label 3", item { $0.label = 3 }),
            ("label -1", item { $0.label = -1 }),
            ("weight nan", item { $0.weight = .nan }),
            ("weight -1.0", item { $0.weight = -1 }),
            ("0 × 3", item { $0.width = 0 }),
            ("jpg file", item { $0.format = .jpg }),
            ("png file", item { $0.bytes = [] }),
            ("SHA-256", item { $0.bytes[60] ^= 1 }),
            ("texts of", item { $0.caption = String(repeating: "x", count: 1 << 20) }),
            ("column 'guidance'", item { $0.values[0] = .real(.infinity) }),
            ("column 'guidance'", item { $0.values[0] = .integer(1) }),
            ("2 values for 3", item { $0.values.removeLast() }),
            ("4 values for 3", item { $0.values.append(.integer(1)) }),
        ]
        for (words, item) in unfit {
            let failure = failure(SampleDataset(), [item])
            #expect(failure?.kind == .badInput, "\(words)")
            #expect(failure?.summary.contains(words) == true, "\(failure?.summary ?? "none") has \(words)")
            #expect(failure?.summary.contains(SampleDataset.uid(0).hex) == true)
            #expect(failure?.hint != nil)
        }
        #expect(try DirectoryContents.names(folder.url.path) == [])
    }

    @Test func countsMustBeThePlans() throws {
        let items = SampleDataset().items()
        #expect(failure(SampleDataset(), items.dropLast(1))?.summary.contains("only 22 came") == true)
        let more = failure(SampleDataset(), items + [items[0]])
        #expect(more?.summary.contains("'train' was to get 23 items, but more came") == true)
        #expect(failure(SampleDataset(), [])?.kind == .badInput)
        #expect(try DirectoryContents.names(folder.url.path) == [])
    }

    @Test func anImageThatComesTwiceIsRefused() throws {
        var items = SampleDataset().items()
        let last = items.removeLast()
        let twin = try #require(items.last { $0.split == last.split })
        let failure = failure(SampleDataset(), items + [twin])
        #expect(failure?.summary.contains("\(twin.uid) is there twice") == true)
        #expect(try DirectoryContents.names(folder.url.path) == [])
    }

    @Test func aFailureOfTheSourcePassesThrough() throws {
        var items = SampleDataset().items()[...5]
        let expected = Failure(.io, "the pack is gone")
        let failure = #expect(throws: Failure.self) {
            try Export.write(try SampleDataset().plan(), as: .imageFolder, to: target) {
                () throws(Failure) in
                guard let item = items.popFirst() else { throw expected }
                return item
            }
        }
        #expect(failure == expected)
        #expect(try DirectoryContents.names(folder.url.path) == [])
    }

    @Test func nothingStandsUnderTheFinalNameBeforeTheEnd() throws {
        var items = SampleDataset().items()[...]
        var seen: [[String]] = []
        try Export.write(try SampleDataset().plan(), as: .webDataset(), to: target) {
            seen.append((try? DirectoryContents.names(folder.url.path)) ?? [])
            return items.popFirst()
        }
        #expect(seen.count == 31)
        for names in seen {
            #expect(names.count == 1)
            #expect(names[0].wholeMatch(of: #/export\.partial-[0-9a-f]{16}/#) != nil)
        }
        #expect(try DirectoryContents.names(folder.url.path) == ["export"])
    }

    @Test func aDirectoryWithFilesIsLeftAlone() throws {
        try folder.write("export/notes.txt", "mine")
        let failure = failure(SampleDataset())
        #expect(failure?.kind == .usage)
        #expect(failure?.summary.contains("is not empty") == true)
        #expect(failure?.hint?.contains("new directory") == true)
        #expect(try DirectoryContents.files(folder.url.path).keys.sorted() == ["export/notes.txt"])
    }

    @Test func aFileOrLinkUnderTheFinalNameIsLeftAlone() throws {
        try folder.write("export", "mine")
        #expect(failure(SampleDataset())?.kind == .usage)
        try FileManager.default.removeItem(atPath: target)
        try FileManager.default.createDirectory(
            atPath: folder.path("real"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: target, withDestinationPath: folder.path("real"))
        #expect(failure(SampleDataset())?.kind == .usage)
        #expect(try DirectoryContents.names(folder.url.path) == ["export", "real"])
    }

    @Test func anEmptyDirectoryAndMissingParentsAreTaken() throws {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        #expect(failure(SampleDataset()) == nil)
        let manifest = try SampleDataset().write(as: .webDataset(), to: folder.path("deep/er/export/"))
        #expect(try ExportVerification.verify(folder.path("deep/er/export")) == .verified(manifest.digest))
    }

    @Test func whatAKilledExportLeftIsRemovedButNotWhatLives() throws {
        try folder.write("export.partial-0123456789abcdef/train-000000.tar", "half")
        try folder.write("export.partial-notes/mine.txt", "mine")
        let living = try StagingDirectory(for: target)
        #expect(failure(SampleDataset()) == nil)
        let names = try DirectoryContents.names(folder.url.path)
        #expect(names.contains("export.partial-notes"))
        #expect(names.contains((living.path as NSString).lastPathComponent))
        #expect(names.count == 3)
        living.discard()
    }

    @Test func theLaterOfTwoExportsToOneNameFails() throws {
        let slow = try StagingDirectory(for: target)
        #expect(failure(SampleDataset()) == nil)
        let late = #expect(throws: Failure.self) { try slow.publish(syncing: false) }
        #expect(late?.summary.contains("is not empty") == true)
        slow.discard()
        #expect(try DirectoryContents.names(folder.url.path) == ["export"])
    }

    @Test func aParentThatIsAFileIsNamed() throws {
        try folder.write("export", "a file")
        let failure = #expect(throws: Failure.self) {
            try SampleDataset().write(as: .webDataset(), to: "\(target)/inner")
        }
        #expect(failure?.summary.contains(target) == true)
    }
}
