import Diagnostics
import Digests
import Files
import Foundation
import JSONValues
import TestSupport
import Testing

@testable import ExportFormats

struct WebDatasetTests {
    let folder: TemporaryFolder
    let target: String

    init() throws {
        folder = try TemporaryFolder()
        target = folder.path("export")
    }

    func members(_ shard: String) throws -> [(name: String, bytes: [UInt8])] {
        let tar = try TarReader(at: "\(target)/\(shard)")
        var members: [(String, [UInt8])] = []
        while let header = try tar.next() {
            members.append((header.name, Array(try tar.bytes(limit: 1 << 20))))
        }
        return members
    }

    @Test func holdsEveryItemInOrder() throws {
        let data = SampleDataset()
        let manifest = try data.write(as: .webDataset(), to: target)
        #expect(
            try DirectoryContents.names(target) == [
                "README.md", "classes.json", "manifest.json", "sizes.json", "test-000000.tar",
                "train-000000.tar",
            ])
        let train = data.items().filter { $0.split == "train" }
        let found = try members("train-000000.tar")
        #expect(found.count == 4 * 23)
        for (index, item) in train.enumerated() {
            let sample = found[(4 * index)..<(4 * index + 4)]
            let key = "0000000" + (index < 10 ? "0\(index)" : "\(index)")
            #expect(sample.map(\.name) == ["png", "txt", "cls", "json"].map { "\(key).\($0)" })
            let contents = Array(sample.map(\.bytes))
            #expect(contents[0] == item.bytes)
            #expect(contents[1] == Array(item.caption.utf8))
            #expect(contents[2] == Array("\(item.label)".utf8))
            let json = try JSONValue(parsing: contents[3], source: key)
            #expect(json.object?["uid"]?.string == item.uid.hex)
            #expect(json.object?["guidance"] == item.values[0].json)
        }
        #expect(manifest.itemCount == 30)
        #expect(try ExportVerification.verify(target) == .verified(manifest.digest))
    }

    @Test func recordsHaveOneShapeAndOneSpelling() throws {
        try SampleDataset().write(as: .webDataset(), to: target)
        let record = try #require(try members("train-000000.tar").first { $0.name == "000000000.json" })
        let item = SampleDataset().items()[0]
        #expect(
            String(decoding: record.bytes, as: UTF8.self) == """
                {"key":"000000000","uid":"\(item.uid)","split":"train","label":0,"class":"test_tube",\
                "class_key":"n0441","text":"a photo, number 0","width":4,"height":3,"weight":0.5,\
                "sha256":"\(item.sha256)","guidance":2.0,"seed":0,"sampler":"ddim"}
                """)
    }

    @Test func exportingAgainGivesTheSameBytes() throws {
        let first = try SampleDataset().write(as: .webDataset(), to: target)
        let second = try SampleDataset().write(as: .webDataset(), to: folder.path("again"))
        #expect(first == second)
        #expect(first.digest == second.digest)
        #expect(try DirectoryContents.files(target) == DirectoryContents.files(folder.path("again")))
    }

    @Test(arguments: [
        (10, 1, [7, 8, 8]), (23, 1, [23]), (10_000, 4, [5, 6, 6, 6]), (1, 1, [Int](repeating: 1, count: 23)),
        (10_000, 500, [Int](repeating: 1, count: 23)),
    ])
    func shardsShareTheItemsEvenly(_ items: Int, _ shards: Int, _ expected: [Int]) throws {
        let limits = try ShardLimits(items: items, minimumShards: shards)
        let manifest = try SampleDataset().write(as: .webDataset(limits), to: target)
        let train = manifest.shards.filter { $0.split == "train" }
        #expect(train.map(\.itemCount) == expected)
        #expect(train[0].name == "train-000000.tar")
        #expect(Set(train.map(\.name)).count == expected.count)
        #expect(train.last?.name.hasSuffix("\(expected.count - 1).tar") == true)
        #expect(try ExportVerification.verify(target) == .verified(manifest.digest))
    }

    @Test func shardsStayUnderTheLimitOfBytes() throws {
        let manifest = try SampleDataset().write(as: .webDataset(ShardLimits(bytes: 20_000)), to: target)
        #expect(manifest.shards.count > 6)
        #expect(manifest.shards.allSatisfy { $0.byteCount <= 20_000 + 1024 })
        #expect(manifest.shards.reduce(0) { $0 + $1.itemCount } == 30)
        let tiny = try SampleDataset().write(
            as: .webDataset(ShardLimits(bytes: 1)), to: folder.path("tiny"))
        #expect(tiny.shards.count == 30)
    }

    @Test func sizesAndManifestSayWhatIsThere() throws {
        let manifest = try SampleDataset().write(as: .webDataset(ShardLimits(items: 12)), to: target)
        let sizes = try JSONValue(
            parsing: try Data(contentsOf: URL(filePath: "\(target)/sizes.json")), source: "sizes.json")
        #expect(sizes.object?.keys == ["train-000000.tar", "train-000001.tar", "test-000000.tar"])
        #expect(sizes.object?.members.map(\.value.integer) == [11, 12, 7])
        for shard in manifest.shards {
            #expect(try Digest(ofFile: "\(target)/\(shard.name)") == shard.sha256)
        }
        #expect(try ExportManifest(readingFrom: target) == manifest)
        #expect(manifest.snapshot == SampleDataset.snapshot)
    }

    @Test func hostileNamesAndCaptionsStayData() throws {
        var data = SampleDataset()
        let hostile =
            "../\"quo\\te'\n\u{0}\u{7F}\u{85}\u{2028}; 鳥🐦 #|:- " + String(repeating: "長", count: 100)
        data.classes = [
            ExportClass(name: hostile, key: hostile), ExportClass(name: ""), ExportClass(name: ".."),
        ]
        data.caption = { "\(hostile)\($0)" }
        let manifest = try data.write(as: .webDataset(), to: target)
        #expect(try ExportVerification.verify(target) == .verified(manifest.digest))
        let found = try members("test-000000.tar")
        #expect(found[1].bytes == Array(data.items()[1].caption.utf8))
        let readme = try String(contentsOfFile: "\(target)/README.md", encoding: .utf8)
        #expect(readme.contains("path: \"train-*.tar\""))
        #expect(try ClassList.read(from: Folder(target)) == data.classes)
    }

    @Test func theCardPinsSplitsAndTypes() throws {
        var data = SampleDataset()
        data.fields = [ExportField("guidance", .real)]
        data.values = { [.real(Double($0))] }
        data.classes = [
            ExportClass(name: "crane"), ExportClass(name: "a: \"b\""), ExportClass(name: "crane"),
        ]
        try data.write(as: .webDataset(), to: target)
        let card = try String(contentsOfFile: "\(target)/README.md", encoding: .utf8)
        let front = card.split(separator: "---\n", omittingEmptySubsequences: false)[1]
        #expect(front.contains("  - split: test\n    path: \"test-*.tar\"\n"))
        #expect(front.contains("  - name: png\n    dtype: image\n  - name: txt\n    dtype: string\n"))
        #expect(
            front.contains(
                """
                  - name: cls
                    dtype:
                      class_label:
                        names:
                          '0': "crane (0)"
                          '1': "a: \\"b\\""
                          '2': "crane (2)"
                  - name: json
                    struct:
                    - name: key
                      dtype: string
                """))
        #expect(front.contains("    - name: guidance\n      dtype: float64\n  - name: __key__\n"))
    }

    @Test func labelsWithoutDistinctNamesStayNumbers() throws {
        var data = SampleDataset()
        data.classes = ["a", "a", "a (0)"].map { ExportClass(name: $0) }
        try data.write(as: .webDataset(), to: target)
        let card = try String(contentsOfFile: "\(target)/README.md", encoding: .utf8)
        #expect(card.contains("  - name: cls\n    dtype: int64\n"))
    }

    @Test func mixedImageFormatsAreRefused() throws {
        var data = SampleDataset()
        data.format = { $0 == 9 ? .jpg : .png }
        let failure = #expect(throws: Failure.self) { try data.write(as: .webDataset(), to: target) }
        #expect(failure?.summary.contains(SampleDataset.uid(9).hex) == true)
        #expect(failure?.hint?.contains("imagefolder") == true)
        #expect(try DirectoryContents.names(folder.url.path) == [])
    }

    @Test func limitsMustBePositive() {
        #expect(throws: Failure.self) { try ShardLimits(items: 0) }
        #expect(throws: Failure.self) { try ShardLimits(bytes: -1) }
        #expect(throws: Failure.self) { try ShardLimits(minimumShards: Int.max) }
    }
}
