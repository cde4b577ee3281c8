import Catalogs
import Diagnostics
import Digests
import Files
import ImageCodecs
import JSONValues
import StageKit
import Testing

@testable import figment_caption
@testable import figment_generate
@testable import figment_report
@testable import figment_variant

struct StagePartTests {
    @Test func theSeedOfAnImageIsPartOfTheFormat() {
        func seed(_ conditioning: String, _ ordinal: Int, base: Int) -> Int {
            GenerationSeed.seed(of: conditioning, ordinal, base: base)
        }
        let uid = "00112233445566778899aabbccddeeff"
        // printf '{"entity":"seed","fields":{"base":7,"conditioning":"%s","ordinal":3}}' $uid | sha256sum | head -c 13
        #expect(seed(uid, 3, base: 7) == 0x3_64F6_7E90_25D9)
        #expect(
            Set([seed(uid, 3, base: 7), seed(uid, 3, base: 8), seed(uid, 4, base: 7), seed("", 3, base: 7)])
                .count == 4)
    }

    @Test func sizesAreReadAsTheyAreTyped() {
        #expect(PixelSize.format.read("512x256") == PixelSize(width: 512, height: 256))
        for word in ["512", "512x", "x512", "0x5", "512x512x3", "-1x5", "5x70000", "5 x 5"] {
            #expect(PixelSize.format.read(word) == nil, "\(word)")
        }
        #expect(PixelSize.format.json(PixelSize(width: 3, height: 4)) == "3x4")
    }

    @Test func aCaptionIsALineOfText() {
        #expect(CaptionStage.fault(in: "a photo of a cat") == nil)
        #expect(CaptionStage.fault(in: " \n ") == "empty")
        #expect(CaptionStage.fault(in: "two\nlines") == "holds a control character")
        #expect(CaptionStage.fault(in: String(repeating: "x", count: 2_000)) == nil)
        #expect(CaptionStage.fault(in: String(repeating: "x", count: 2_001))?.contains("2,000") == true)
    }

    @Test(
        arguments: [
            (["image_id"], nil), (["soft_target", "image_id", "weight", "split", "label"], nil),
            (["id"], "no image_id"), (["image_id", "width"], "unknown column 'width'"),
            (["image_id", "label", "label"], "a column twice"), ([], "no image_id"),
        ] as [([String], String?)])
    func aVariantHasColumnsThatAreKnown(columns: [String], phrase: String?) {
        var found: String?
        do throws(Failure) { try VariantColumns.check(columns) } catch { found = error.summary }
        #expect((found == nil) == (phrase == nil))
        if let phrase { #expect(found?.contains(phrase) == true) }
    }

    @Test func vectorsKeepTheirBits() {
        let values: [Float] = [0, -0.0, 1.5, .infinity, -.leastNonzeroMagnitude, 3.402_823_5e38]
        let bytes = VectorBytes.encode(values)
        #expect(bytes.count == 24)
        #expect(bytes[8..<12].elementsEqual([0, 0, 0xC0, 0x3F]), "little-endian")
        #expect(VectorBytes.decode(bytes)?.map(\.bitPattern) == values.map(\.bitPattern))
        #expect(VectorBytes.decode([1, 2, 3]) == nil)
    }

    private func entry(_ concept: String, isKept: Bool? = nil, caption: String = "") throws -> ReportEntry {
        ReportEntry(
            uid: UID(of: "image", []), file: try #require(FileName("ab.png")), size: (1, 1), sha256: "",
            pack: 1, concept: concept, caption: caption, seed: 5, isKept: isKept, reasons: "a < b")
    }

    @Test func theSheetHasARowForEachClassAndARedEdgeForTheRejected() throws {
        func dot(_ level: UInt8) -> RGBImage { RGBImage(width: 1, height: 1, pixels: [level, level, level]) }
        let entries = try [
            entry("cat"), entry("cat", isKept: false), entry("cat", isKept: true), entry("dog"),
        ]
        let sheet = ContactSheet(
            zip(entries, [10, 20, 30, 40]).map { ContactSheet.Thumbnail($0, dot($1)) }, columns: 2)
        #expect(sheet.count == 4)
        // Cells of 64 pixels, an edge of 2 around them and 2 between: two columns, three rows.
        let cell = 70
        #expect(sheet.picture.width == 2 * cell)
        #expect(sheet.picture.height == 3 * cell)
        func pixel(_ row: Int, _ column: Int, _ y: Int, _ x: Int) -> [UInt8] {
            let start = ((row * cell + y) * sheet.picture.width + column * cell + x) * 3
            return Array(sheet.picture.pixels[start..<start + 3])
        }
        for (row, column, level) in [(0, 0, 10), (0, 1, 20), (1, 0, 30), (2, 0, 40)] {
            for place in [2, 65] {
                #expect(pixel(row, column, place, place) == [UInt8](repeating: UInt8(level), count: 3))
            }
        }
        #expect(pixel(0, 1, 0, 0) == [208, 32, 32])
        #expect(pixel(0, 0, 0, 0) == [255, 255, 255])
        #expect(pixel(1, 1, 30, 30) == [255, 255, 255])
    }

    /// Two thin pictures, one lying and one standing, would ask for 21 GB were the sheet as wide as the one in cells as
    /// high as the other.
    @Test func theSheetIsAsLargeForPicturesOfAnySize() throws {
        let pictures = [
            RGBImage(width: 3, height: 1, pixels: [UInt8](repeating: 1, count: 9)),
            RGBImage(width: 100, height: 40, pixels: [UInt8](repeating: 2, count: 12_000)),
            RGBImage(width: 60_000, height: 1, pixels: [UInt8](repeating: 3, count: 180_000)),
            RGBImage(width: 1, height: 60_000, pixels: [UInt8](repeating: 4, count: 180_000)),
        ]
        let thumbnails = try pictures.map { ContactSheet.Thumbnail(try entry("a"), $0) }
        let sheet = ContactSheet(thumbnails, columns: 5)
        #expect(sheet.picture.width == 4 * 70)
        #expect(sheet.picture.height == 70)
        #expect(sheet.count == 4)
    }

    @Test func ofVeryManyPicturesTheFirstAreShown() throws {
        let dot = RGBImage(width: 1, height: 1, pixels: [0, 0, 0])
        let thumbnail = ContactSheet.Thumbnail(try entry("a"), dot)
        let sheet = ContactSheet([ContactSheet.Thumbnail](repeating: thumbnail, count: 20_000), columns: 20)
        #expect(sheet.picture.width * sheet.picture.height <= 64_000_000)
        #expect(sheet.count > 10_000 && sheet.count < 20_000)
    }

    @Test func thePageIsSafeWhateverNamesSay() throws {
        let html = try ReportPage([
            entry("<script>", isKept: true, caption: "\"><img src=x>"), entry("<script>", isKept: false),
            entry("dog"),
        ]).html
        #expect(!html.contains("<script>"))
        #expect(!html.contains("<img src=x>"))
        #expect(html.contains("<h2>&lt;script&gt;</h2>"))
        #expect(html.contains("<p>2 shown, 1 of them rejected</p>"))
        #expect(html.contains("a &lt; b"))
        for state in ["kept", "rejected", "undecided"] {
            #expect(html.contains("<figure class=\"\(state)\""))
        }
    }
}
