import Diagnostics
import Digests
import Foundation
import JSONValues
import TestSupport
import Testing

@testable import ExportFormats

struct ImageFolderTests {
    let folder: TemporaryFolder
    let target: String

    init() throws {
        folder = try TemporaryFolder()
        target = folder.path("export")
    }

    @Test func everyRowHasItsFileAndEveryFileItsRow() throws {
        let data = SampleDataset()
        let manifest = try data.write(as: .imageFolder, to: target)
        var files = try DirectoryContents.files(target)
        #expect(files.count == 30 + 2 + 3)
        for split in ["train", "test"] {
            let text = String(decoding: try #require(files["\(split)/metadata.jsonl"]), as: UTF8.self)
            let rows = try text.split(separator: "\n").map {
                try JSONValue(parsing: String($0), source: split)
            }
            let items = data.items().filter { $0.split == split }
            #expect(rows.count == items.count)
            for (row, item) in zip(rows, items) {
                let name = try #require(row.object?["file_name"]?.string)
                #expect(row.object?.keys == rows[0].object?.keys)
                #expect(row.object?["text"]?.string == item.caption)
                #expect(row.object?["label"]?.integer == item.label)
                #expect(files.removeValue(forKey: "\(split)/\(name)").map(Array.init) == item.bytes)
            }
        }
        #expect(
            files.keys.sorted() == [
                "README.md", "classes.json", "manifest.json", "test/metadata.jsonl", "train/metadata.jsonl",
            ])
        #expect(try ExportVerification.verify(target) == .verified(manifest.digest))
    }

    @Test func foldersSortAsTheirLabels() throws {
        var data = SampleDataset()
        data.classes = (0..<11).map { ExportClass(name: "Class \(11 - $0)") }
        try data.write(as: .imageFolder, to: target)
        let names = try DirectoryContents.names("\(target)/train").filter { $0 != "metadata.jsonl" }
        #expect(names == (0..<11).map { ($0 < 10 ? "0\($0)" : "\($0)") + "_class_\(11 - $0)" })
    }

    @Test(arguments: [
        ("test_tube", "test_tube"), ("T-shirt/top", "t_shirt_top"), ("..", ""), ("", ""), ("鳥", ""),
        ("  a  b  ", "a_b"), ("x\u{0}y\n'\"", "x_y"),
        (String(repeating: "ab", count: 150), String(repeating: "ab", count: 20)),
    ])
    func folderNamesAreSafe(_ name: String, _ slug: String) {
        #expect(ImageFolderLayout.slug(name) == slug)
        let folders = ImageFolderLayout([ExportClass(name: name), ExportClass(name: name)], 5000).folders
        #expect(folders == (slug.isEmpty ? ["0", "1"] : ["0_\(slug)", "1_\(slug)"]))
    }

    @Test func crowdedClassesFanOut() {
        var layout = ImageFolderLayout([ExportClass(name: "a"), ExportClass(name: "b")], 5000)
        let numbers = (0..<15_001).map { _ in layout.nextFolder(of: 1) }
        #expect(numbers[4999] == 0)
        #expect(numbers[5000] == 1)
        #expect(numbers[15_000] == 3)
        #expect(layout.nextFolder(of: 0) == 0)
        #expect(layout.path(label: 1, folder: 0, file: "x.png") == "1_b/x.png")
        #expect(layout.path(label: 1, folder: 12, file: "x.png") == "1_b/0012/x.png")
    }

    @Test func fannedOutImagesAreFoundAgain() throws {
        var data = SampleDataset()
        data.splits = [("train", 7)]
        data.classes = [ExportClass(name: "one")]
        let format = ExportFormat.imageFolder(folderLimit: 3)
        let manifest = try data.write(as: format, to: target)
        #expect(
            try DirectoryContents.names("\(target)/train/0_one")
                == [
                    "0001", "0002", "000000000.png", "000000001.png", "000000002.png",
                ].sorted())
        #expect(try DirectoryContents.names("\(target)/train/0_one/0002") == ["000000006.png"])
        let verdict = try ExportVerification.verify(target, knowing: [format]) { _ in }
        #expect(verdict == .verified(manifest.digest))
        try folder.write("export/train/0_one/0003/000000005.png", "stray")
        #expect(
            try ExportVerification.verify(target, knowing: [format]) { _ in }
                == .different(["train/0_one/0003/000000005.png has no row"]))
    }

    @Test func formatsMayMix() throws {
        var data = SampleDataset()
        data.format = { $0.isMultiple(of: 3) ? .jpg : .png }
        let manifest = try data.write(as: .imageFolder, to: target)
        #expect(try ExportVerification.verify(target) == .verified(manifest.digest))
        let files = try DirectoryContents.files(target).keys
        #expect(files.count { $0.hasSuffix(".jpg") } == 10)
    }

    @Test func splitDigestsAreThoseOfTheOtherFormat() throws {
        let folders = try SampleDataset().write(as: .imageFolder, to: target)
        let shards = try SampleDataset().write(as: .webDataset(), to: folder.path("shards"))
        #expect(folders.splits == shards.splits)
        #expect(folders.digest != shards.digest)
    }

    @Test func exportingAgainGivesTheSameBytes() throws {
        try SampleDataset().write(as: .imageFolder, to: target)
        try SampleDataset().write(as: .imageFolder, to: folder.path("again"))
        #expect(try DirectoryContents.files(target) == DirectoryContents.files(folder.path("again")))
    }

    @Test func everySplitIsPinnedInTheCard() throws {
        try SampleDataset().write(as: .imageFolder, to: target)
        let card = try String(contentsOfFile: "\(target)/README.md", encoding: .utf8)
        #expect(
            card.hasPrefix(
                """
                ---
                pretty_name: "kept"
                configs:
                - config_name: default
                  data_files:
                  - split: train
                    path: "train/**"
                  - split: test
                    path: "test/**"
                ---

                # kept

                """))
        #expect(card.contains("| train | 23 | 3 of 3 |"))
    }
}
