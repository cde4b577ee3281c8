import Diagnostics
import Digests
import Foundation
import JSONValues
import TestSupport
import Testing

@testable import ExportFormats

/// Whatever is done to an export after it was written must be noticed, and nothing of it may trap.
struct VerificationTests {
    let folder: TemporaryFolder
    let target: String

    init() throws {
        folder = try TemporaryFolder()
        target = folder.path("export")
    }

    func differences() throws(Failure) -> [String] {
        switch try ExportVerification.verify(target) {
        case .verified: []
        case .different(let list): list
        }
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: "\(target)/\(name)")))
    }

    func replace(_ name: String, _ old: String, _ new: String) throws {
        let text = String(decoding: try bytes(name), as: UTF8.self)
        #expect(text.contains(old))
        try folder.write("export/\(name)", text.replacing(old, with: new, maxReplacements: 1))
    }

    /// Rewrites the manifest so that it agrees with files that a test altered; only deeper checks are left.
    func reseal() throws {
        let old = try ExportManifest(readingFrom: target)
        let shards = try old.shards.map { shard in
            let path = "\(target)/\(shard.name)"
            return ExportShard(
                name: shard.name, split: shard.split, itemCount: shard.itemCount,
                byteCount: try bytes(shard.name).count, sha256: try Digest(ofFile: path))
        }
        let new = ExportManifest(
            format: old.format, title: old.title, snapshot: old.snapshot, splits: old.splits,
            fields: old.fields, shards: shards, files: old.files)
        try folder.write("export/manifest.json", new.text)
    }

    /// Writes a shard anew from changed members.
    func rewrite(_ shard: String, _ change: (inout [(name: String, bytes: [UInt8])]) -> Void) throws {
        let reader = try TarReader(at: "\(target)/\(shard)")
        var members: [(name: String, bytes: [UInt8])] = []
        while let header = try reader.next() {
            members.append((header.name, Array(try reader.bytes(limit: 1 << 20))))
        }
        change(&members)
        let writer = TarWriter(try OutputFile(at: "\(target)/\(shard)"))
        for member in members { try writer.append(member.name, member.bytes) }
        _ = try writer.close()
        try reseal()
    }

    @Test func anyAlteredByteOfAShardIsFound() throws {
        try SampleDataset().write(as: .webDataset(), to: target)
        let whole = try bytes("test-000000.tar")
        for place in stride(from: 0, to: whole.count, by: 97) {
            var altered = whole
            altered[place] ^= 0x20
            try folder.write("export/test-000000.tar", altered)
            #expect(try !differences().isEmpty, "byte \(place)")
        }
        try folder.write("export/test-000000.tar", Array(whole[..<(whole.count / 2)]))
        #expect(try differences().contains { $0.contains("test-000000.tar has 3 items, not 7") })
        try folder.write("export/test-000000.tar", [])
        #expect(try differences().contains { $0.contains("ends too early") })
        try FileManager.default.removeItem(atPath: "\(target)/test-000000.tar")
        #expect(try differences().contains { $0.contains("No such file") })
        try folder.write("export/test-000000.tar", whole)
        #expect(try differences() == [])
    }

    @Test func strayFilesAreFound() throws {
        try SampleDataset().write(as: .webDataset(), to: target)
        try folder.write("export/train-000001.tar", "stray")
        #expect(try differences() == ["train-000001.tar is not of this export"])
    }

    @Test func alteredSideFilesAreFound() throws {
        try SampleDataset().write(as: .webDataset(), to: target)
        try replace("README.md", "train-*.tar", "t*.tar")
        try replace("sizes.json", "23", "24")
        #expect(try differences() == ["README.md was altered", "sizes.json was altered"])
        try replace("classes.json", "steam train", "train")
        #expect(try differences().contains { $0.contains("are not those of the label 1") })
        try folder.write("export/classes.json", "[")
        #expect(try differences().count == 1)
    }

    @Test func samplesThatLackMembersOrHaveOthersAreFound() throws {
        try SampleDataset().write(as: .webDataset(), to: target)
        let whole = try bytes("test-000000.tar")
        let changes: [(String, (inout [(name: String, bytes: [UInt8])]) -> Void)] = [
            ("'000000002.txt' is missing", { $0.remove(at: 9) }),
            ("'000000001.txt' is missing", { $0.swapAt(5, 6) }),
            ("is not the image of the sample 000000000", { $0.insert(("a.b", [1]), at: 0) }),
            ("is not the image of the sample 000000001", { $0.removeSubrange(4..<8) }),
            ("is not the image of the sample 000000001", { $0[4].name = "000000001.jpg" }),
            ("has 6 items, not 7", { $0.removeLast(4) }),
            ("sample 000000001: the caption is not", { $0[5].bytes.append(1) }),
            ("sample 000000001: the label is not", { $0[6].bytes = [0x30, 0x31] }),
            ("sample 000000000: the image is not", { $0[0].bytes[50] ^= 1 }),
            ("sample 000000003 is not valid JSON", { $0[15].bytes.removeLast() }),
            ("has 1048577 bytes, more than", { $0[1].bytes = [UInt8](repeating: 65, count: (1 << 20) + 1) }),
        ]
        for (words, change) in changes {
            try folder.write("export/test-000000.tar", whole)
            try rewrite("test-000000.tar", change)
            let found = try differences()
            #expect(found.contains { $0.contains(words) }, "\(words): \(found)")
        }
    }

    @Test(arguments: [
        ("\"guidance\":3.0", "\"guidance\":3", "'guidance' is not of the type real"),
        ("\"guidance\":3.0", "\"guidance\":null", "'guidance' is not of the type real"),
        ("\"guidance\":3.0", "\"guidance\":3.5", "holds other items than were exported"),
        ("\"seed\":7", "\"seed\":7.0", "'seed' is not of the type integer"),
        ("\"width\":4,\"height\":3", "\"height\":3,\"width\":4", "another order"),
        ("\"width\":4,", "", "other members"),
        ("\"label\":0", "\"label\":99", "'label' is none of the 3 labels"),
        ("\"label\":0", "\"label\":-1", "'label' is none of the 3 labels"),
        ("\"class\":\"test_tube\"", "\"class\":\"steam train\"", "are not those of the label 0"),
        ("\"split\":\"test\"", "\"split\":\"train\"", "'split' is not 'test'"),
        ("\"key\":\"000000000\"", "\"key\":\"000000001\"", "'key' is not '000000000'"),
        ("\"uid\":\"", "\"uid\":\"X", "'uid' is no uid"),
        ("\"sha256\":\"", "\"sha256\":\"0", "the image is not the one of 'sha256'"),
    ])
    func recordsOfAnotherShapeAreFound(_ old: String, _ new: String, _ words: String) throws {
        try SampleDataset().write(as: .webDataset(), to: target)
        try rewrite("test-000000.tar") { members in
            let text = String(decoding: members[3].bytes, as: UTF8.self)
            #expect(text.contains(old))
            members[3].bytes = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
        }
        let found = try differences()
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test func imageFoldersAreCheckedInBothDirections() throws {
        try SampleDataset().write(as: .imageFolder, to: target)
        let image = "train/0_test_tube/000000003.png"
        let whole = try bytes(image)
        try folder.write("export/\(image)", whole.dropLast() + [1])
        #expect(try differences().contains { $0.contains("line 4: the image is not the one of 'sha256'") })
        try FileManager.default.removeItem(atPath: "\(target)/\(image)")
        #expect(try differences().contains { $0.contains("\(image): No such file") })
        try folder.write("export/\(image)", whole)
        #expect(try differences() == [])
        let strays = [
            "train/0_test_tube/extra.png", "train/0_test_tube/000000004.png", "train/0_test_tube/0001/x.png",
            "train/0_test_tube/000000003.jpg", "train/0_test_tube/0000000003.png",
        ]
        for stray in strays { try folder.write("export/\(stray)", whole) }
        try folder.write("export/train/9_other/000000000.png", whole)
        try folder.write("export/train/.DS_Store", "x")
        try folder.write("export/elsewhere/a.png", whole)
        #expect(
            Set(try differences())
                == Set(
                    strays.map { "\($0) has no row" } + [
                        "train/9_other is not of this export", "train/.DS_Store is not of this export",
                        "elsewhere is not of this export",
                    ]))
    }

    @Test func rowsThatPointElsewhereAreNeverFollowed() throws {
        try SampleDataset().write(as: .imageFolder, to: target)
        for path in ["../test/0_test_tube/000000000.png", "/etc/hostname.png", "0_test_tube/000000003.png"] {
            let before = try bytes("train/metadata.jsonl")
            try replace("train/metadata.jsonl", "0_test_tube/000000000.png", path)
            #expect(
                try differences().contains {
                    $0.contains("line 1: 'file_name' is not '0_test_tube/000000000.png'")
                })
            try folder.write("export/train/metadata.jsonl", before)
        }
    }

    @Test func brokenRowsAreFound() throws {
        try SampleDataset().write(as: .imageFolder, to: target)
        let whole = try bytes("test/metadata.jsonl")
        let lines = String(decoding: whole, as: UTF8.self).split(separator: "\n").map(String.init)
        let changes: [(String, [String])] = [
            ("has 6 rows, not 7", Array(lines.dropLast())),
            ("has 8 rows, not 7", lines + [lines[0]]),
            ("line 1 is not valid JSON", ["{"] + lines.dropFirst()),
            ("line 1: 'file_name' or 'label'", ["{}"] + lines.dropFirst()),
            ("line 1: 'file_name' or 'label'", ["[]"] + lines.dropFirst()),
            ("line 2: cannot read", [lines[0], lines[2], lines[1]] + lines.dropFirst(3)),
        ]
        for (words, changed) in changes {
            try folder.write("export/test/metadata.jsonl", changed.joined(separator: "\n") + "\n")
            let found = try differences()
            #expect(found.contains { $0.contains(words) }, "\(words): \(found)")
        }
        try folder.write("export/test/metadata.jsonl", [UInt8](repeating: 65, count: 3 << 20))
        #expect(try differences().contains { $0.contains("has a line longer than") })
        try folder.write("export/test/metadata.jsonl", whole.dropLast())
        #expect(try differences() == ["test/metadata.jsonl was altered"])
    }

    @Test(arguments: [
        ("\"item_count\":30", "\"item_count\":31"), ("\"version\":1", "\"version\":2"),
        ("\"webdataset\"", "\"tfrecord\""), ("\"type\":\"real\"", "\"type\":\"complex\""),
        ("\"item_count\":23", "\"item_count\":-23"),
        ("\"item_count\":23", "\"item_count\":9000000000000000000"),
        ("\"snapshot\":\"", "\"snapshot\":\"zz"), ("\"name\":\"train\"", "\"name\":\"../train\""),
        ("\"splits\":[", "\"splits\":7,\"x\":["), ("{", " {"),
    ])
    func alteredManifestsAreRefused(_ old: String, _ new: String) throws {
        try SampleDataset().write(as: .webDataset(), to: target)
        try replace("manifest.json", old, new)
        let failure = #expect(throws: Failure.self) { try ExportVerification.verify(target) }
        #expect(failure?.kind == .badInput)
        #expect(failure?.summary.contains("manifest.json") == true)
    }

    @Test func manifestsThatNameOtherFilesAreNotFollowed() throws {
        try SampleDataset().write(as: .webDataset(), to: target)
        try replace("manifest.json", "{\"name\":\"train-000000.tar\"", "{\"name\":\"/etc/hostname\"")
        #expect(try differences() == ["the manifest's shard '/etc/hostname' is out of order"])
        try replace("manifest.json", "{\"name\":\"/etc/hostname\"", "{\"name\":\"train-000000.tar\"")
        try replace("manifest.json", "{\"name\":\"README.md\"", "{\"name\":\"../README.md\"")
        #expect(try differences() == ["the manifest's file '../README.md' is outside of the export"])
    }

    @Test func whatIsNoExportIsRefused() throws {
        for path in [folder.url.path, folder.path("missing")] {
            let failure = #expect(throws: Failure.self) { try ExportVerification.verify(path) }
            #expect(failure?.kind == .missingResource)
        }
        try folder.write("export/manifest.json/inner", "x")
        #expect(throws: Failure.self) { try ExportVerification.verify(target) }
    }

    @Test func manyDifferencesAreCutShort() throws {
        var data = SampleDataset()
        data.splits = [("train", 150)]
        try data.write(as: .imageFolder, to: target)
        for label in ["0_test_tube", "1_steam_train", "2_t_shirt_top"] {
            try FileManager.default.removeItem(atPath: "\(target)/train/\(label)")
        }
        let found = try differences()
        #expect(found.count == 101)
        #expect(found.last == "and 51 more")
    }

    @Test func readingBackTellsHowFarItIs() throws {
        var data = SampleDataset()
        data.splits = [("train", 2500)]
        try data.write(as: .webDataset(), to: target)
        var counts: [Int] = []
        _ = try ExportVerification.verify(target) { counts.append($0) }
        #expect(counts == [1000, 2000, 2500])
    }
}
