import Foundation
import ImageCodecs
import TestSupport
import Testing

/// Under `ulimit -v`, which batch systems set, a program does its work, or ends with the status for too little memory.
struct MemoryLimitTests {
    /// Runs `figment` with so many KiB of addresses.
    private func figment(_ words: [String], in shop: Workshop, limit: Int) throws -> Command {
        let path = Command.programs.appending(path: "figment").path
        return try Command.system(
            "bash", ["-c", "ulimit -v \(limit); exec \"$0\" \"$@\"", path] + words, in: shop.folder.url,
            environment: ["FIGMENT_CATALOG": shop.catalog])
    }

    @Test(arguments: [
        "embed --model starter:diffusion --from SELECT",
        "generate --model starter:diffusion --per 1 --steps 1 --limit 2",
        "score --model starter:clip --measure clip-similarity --limit 2", "check",
        "report pages --from IMAGES", "status",
        "import wardrobe --limit 25", "audit image 1",
        "caption --strategy template --templates wardrobe --limit 5",
    ])
    func workIsDoneOrRefused(line: String) throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        let words = line.split(separator: " ").map {
            $0 == "SELECT"
                ? "SELECT id FROM caption LIMIT 2" : $0 == "IMAGES" ? "SELECT id FROM image" : String($0)
        }
        for limit in [120_000, 160_000, 250_000, 400_000, 700_000, 1_200_000] {
            let command = try figment(words, in: shop, limit: limit)
            // 127: the libraries themselves find no room.
            #expect(
                [0, 71, 127].contains(command.status), "\(limit) KiB: \(command.status) \(command.errors)")
            if command.status == 71 {
                #expect(
                    command.errors.contains("memory") || command.errors.contains("ulimit -v"),
                    "\(limit): \(command.errors)")
            }
            if limit == 1_200_000 { #expect(command.status == 0, "\(command.errors)") }
        }
        #expect(try shop.damage() == "")
    }

    /// Two pictures of a pixel's breadth once asked for a sheet of 21 GB.
    @Test func thinPicturesMakeNoLargeSheet() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        for (name, width, height) in [("wide", 1_000_000, 1), ("high", 1, 1_000_000)] {
            let picture = RGBImage(
                width: width, height: height, pixels: [UInt8](repeating: 7, count: 3_000_000))
            try shop.folder.write("photographs/coat/\(name).png", try PNGCodec.encode(picture))
        }
        try shop.succeed("import", "images", "photographs")
        let report = try figment(
            ["report", "pages", "--from", "SELECT id FROM image WHERE source IS NOT NULL"], in: shop,
            limit: 1_200_000)
        #expect(report.status == 0, "\(report.errors)")
    }
}
