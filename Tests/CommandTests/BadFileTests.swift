import Foundation
import Glibc
import TestSupport
import Testing

/// Files that people give us, each wrong in its own way.
struct BadFileTests {
    @Test(arguments: [
        Refusal(
            "import concepts list.csv", 65, "list.csv", "unknown column 'title'", "name, key and weight",
            file: ("list.csv", "name,title\ncat,Cat\n")),
        Refusal(
            "import concepts list.csv", 65, "list.csv: the header is 'key,weight'",
            file: ("list.csv", "key,weight\na,1\n")),
        Refusal(
            "import concepts list.csv", 65, "list.csv: the header is 'name,name'",
            file: ("list.csv", "name,name\na,b\n")),
        Refusal(
            ["import", "concepts", "list.csv"], 65, "list.csv, line 2: a field is not UTF-8", "iconv",
            files: ["list.csv": Array("name\nca".utf8) + [0xFF, 0x0A]]),
        Refusal(
            "import concepts list.csv", 65, "list.csv, line 4", "field 'name'", "the same name cat as line 2",
            file: ("list.csv", "name\ncat\ndog\ncat\n")),
        Refusal(
            "import concepts list.csv", 65, "list.csv, line 3", "field 'key'", "the same key n1 as line 2",
            file: ("list.csv", "name,key\ncat,n1\ndog,n1\n")),
        Refusal(
            "import concepts list.csv", 65, "list.csv, line 3: 1 fields where the header has 2",
            file: ("list.csv", "name,key\ncat,n1\ndog\n")),
        Refusal(
            "import concepts list.csv", 65, "list.csv, line 2: field 'weight' is 'heavy'",
            file: ("list.csv", "name,weight\ncat,heavy\n")),
        Refusal(
            "import concepts list.csv", 65, "list.csv, line 2: a quoted field has no end",
            file: ("list.csv", "name\n\"cat\ndog\n")),
        Refusal("import concepts list.csv", 65, "list.csv is empty", file: ("list.csv", "")),
        Refusal(
            "import concepts list.csv", 65, "list.csv has a header and no rows", file: ("list.csv", "name\n")),
        Refusal("import concepts list.csv", 66, "list.csv"),
        Refusal("import concepts /dev/zero", 74, "/dev/zero is a device"),
        Refusal(
            "import templates set.txt", 65, "set.txt, line 2: 'a photo of it' has no {}",
            file: ("set.txt", "a photo of a {}\na photo of it\n")),
        Refusal(
            "import templates set.txt", 65, "set.txt, line 3", "comes a second time",
            file: ("set.txt", "a {}\n\na {}\n")),
        Refusal(
            "import templates set.txt", 65, "set.txt holds no template", file: ("set.txt", "# nothing\n\n")),
        Refusal(
            ["import", "templates", "set.txt"], 65, "set.txt is not UTF-8",
            files: ["set.txt": [0x7B, 0x7D, 0xC0]]),
        Refusal("import images photographs", 66, "there is no folder or file photographs"),
        Refusal(
            ["import", "images", "photographs"], 65,
            "the folder 'sofa' in photographs is neither key nor name",
            "There are: t-shirt", files: ["photographs/sofa/1.png": []]),
        Refusal(
            ["import", "images", "photographs"], 65, "holds no images in folders of classes",
            files: ["photographs/note.txt": []]),
        Refusal(
            ["import", "images", "photographs", "--labels", "x"], 64, "--labels", "photographs is a folder",
            files: ["photographs/note.txt": []]),
        Refusal(
            ["import", "images", "photographs", "--vocabulary", "animals"], 66,
            "no vocabulary named 'animals'", "'wardrobe'", files: ["photographs/note.txt": []]),
        Refusal("filter --rule rule.json", 65, "rule.json", file: ("rule.json", "{\"name\": ")),
        Refusal(
            "filter --rule rule.json", 65, "rule.json", "threshold",
            file: ("rule.json", #"{"name": "x", "measure": "clip-confidence"}"#)),
        Refusal(
            "filter --rule rule.json", 65, "rule.json", "'keep' is 'over'", "'at-least'",
            file: ("rule.json", #"{"name": "x", "measure": "y", "keep": "over", "threshold": 1}"#)),
        Refusal(
            "filter --rule rule.json", 65, "rule.json", "colour",
            file: ("rule.json", #"{"name": "x", "measure": "y", "threshold": 1, "colour": 2}"#)),
        Refusal("filter --rule-named clip-confidence", 66, "no image has been measured", "figment score"),
        Refusal("filter", 64, "--rule FILE or --rule-named NAME"),
    ])
    func isRefusedByNameAndPlace(refusal: Refusal) throws {
        try Workshop(copying: Prepared.embedded.get()).expect(refusal)
    }

    @Test(arguments: [
        ("pictures", [3, 2, 2], 11, "pictures: the header promises 12 bytes (3 × 2 × 2), and 11 follow"),
        ("pictures", [2, 2, 2], 8, "labels holds 3 labels, and pictures 2 images"),
        ("labels", [4], 3, "labels: the header promises 4 bytes (4), and 3 follow"),
        ("labels", [0], 0, "labels: dimension 1 is 0"),
    ])
    func idxFilesMustFitTheirCounts(file: String, shape: [Int], count: Int, phrase: String) throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.folder.write("pictures", idx([3, 2, 2], count: 12))
        try shop.folder.write("labels", idx([3], count: 3))
        try shop.folder.write(file, idx(shape, count: count))
        try shop.expect(Refusal("import images pictures --labels labels", 65, phrase))
    }

    @Test func idxLabelsMustBeClasses() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.folder.write("pictures", idx([3, 2, 2], count: 12))
        try shop.folder.write("labels", Array(idx([3], count: 3).dropLast()) + [10])
        try shop.expect(
            Refusal(
                "import images pictures --labels labels", 65, "labels has the label 10", "only 10 classes"))
        try shop.expect(Refusal("import images pictures", 64, "--labels FILE"))
        try shop.expect(
            Refusal("import images labels --labels labels", 65, "labels holds labels, not images"))
        try shop.folder.write("labels", idx([3], count: 3))
        #expect(
            try shop.succeed("import", "images", "pictures", "--labels", "labels", "--split", "train")
                == "figment-import: 3 images recorded\n")
        #expect(
            try shop.succeed("import", "images", "pictures", "--labels", "labels", "--split", "train")
                == "figment-import: 0 images recorded, 3 there already\n")
    }

    /// A file of the MNIST family whose bytes count up.
    private func idx(_ shape: [Int], count: Int) -> [UInt8] {
        [0, 0, 8, UInt8(shape.count)]
            + shape.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] } + (0..<count).map { UInt8($0) }
    }

    @Test func aBadImageAmongGoodOnesIsARow() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        let png = try Fixture.bytes("ImageCodecs/rgb.png")
        let jpeg = try Fixture.bytes("ImageCodecs/rgb.jpg")
        for (name, bytes) in [
            ("good.png", png), ("good.jpg", jpeg), ("copy.png", png), ("empty.png", []),
            ("cut.png", Array(png.prefix(png.count / 2))), ("cut.jpg", Array(jpeg.prefix(40))),
            ("picture.gif", Array("GIF89a......".utf8)), ("note.txt", Array("a note".utf8)),
            ("bomb.png", Self.bomb(png)),
        ] {
            try shop.folder.write("photographs/bag/\(name)", bytes)
        }
        // Only what is linked to: a class's folder may be a symbolic link, and a pipe must not be waited for.
        try shop.folder.write("elsewhere/coat.png", try Fixture.bytes("ImageCodecs/rgba.png"))
        try FileManager.default.createSymbolicLink(
            atPath: shop.folder.path("photographs/coat"), withDestinationPath: "../elsewhere")
        mkfifo(shop.folder.path("photographs/bag/pipe.png"), 0o644)
        try shop.folder.write("photographs/README", "passed over: it is in no class's folder")
        try shop.folder.write("photographs/bag/.hidden", "passed over, too")
        let before = try shop.counts()
        let output = try shop.succeed("import", "images", "photographs", "--split", "train")
        #expect(
            output == "figment-import: 3 images recorded, 1 there already, 7 refused (see table refusal)\n")
        let refusals = try shop.rows("SELECT subject, reason FROM refusal ORDER BY subject").map {
            ("\($0[0].json.string ?? "")", $0[1].json.string ?? "")
        }
        let reasons = [
            ("bomb.png", "100000 × 100000 pixels, more than the limit"), ("cut.jpg", "cut.jpg"),
            ("cut.png", "cut.png"), ("empty.png", "is empty"), ("note.txt", "is neither PNG nor JPEG"),
            ("picture.gif", "is neither PNG nor JPEG but GIF"), ("pipe.png", "is a device, not a file"),
        ]
        #expect(refusals.count == reasons.count)
        for (refusal, expected) in zip(refusals, reasons) {
            #expect(refusal.0 == "photographs/bag/\(expected.0)", "\(refusal)")
            #expect(refusal.1.contains(expected.1), "\(refusal)")
        }
        let after = try shop.counts()
        #expect(after["image"] == (before["image"] ?? 0) + 3)
        #expect(try shop.damage() == "")

        let again = try shop.succeed("import", "images", "photographs", "--split", "train")
        #expect(again == "figment-import: 0 images recorded, 11 there already\n")
        #expect(try shop.counts() == after)

        try shop.folder.write("photographs/bag/cut.png", try Fixture.bytes("ImageCodecs/grey.png"))
        let mended = try shop.succeed("import", "images", "photographs", "--split", "train")
        #expect(mended == "figment-import: 1 images recorded, 10 there already\n")
    }

    /// A PNG whose header promises 100,000 × 100,000 pixels.
    private static func bomb(_ png: [UInt8]) -> [UInt8] {
        var bytes = png
        for side in [16, 20] { bytes.replaceSubrange(side..<side + 4, with: [0, 1, 0x86, 0xA0]) }
        // The check sum of the header must fit, or the file is merely damaged: CRC-32 as PNG has it.
        var crc: UInt32 = ~0
        for byte in bytes[12..<29] {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        let sum = ~crc
        bytes.replaceSubrange(
            29..<33, with: (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * $0)) })
        return bytes
    }
}
