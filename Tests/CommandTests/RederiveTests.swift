import Catalogs
import Digests
import Foundation
import ImageCodecs
import JSONValues
import SQLite
import StageKit
import TestSupport
import Testing

/// Making images again from their rows.
struct RederiveTests {
    private static let all = "SELECT image_id FROM generated"

    private func generate(_ shop: Workshop, _ line: String) throws {
        let words = "generate --model starter:diffusion " + line
        let command = try shop.figment(words.split(separator: " ").map(String.init))
        try #require(command.status == 0, "\(command.errors)")
    }

    /// Images made in every way that may not matter: by batch, threads, guidance, sampler and noise, killed and resumed.
    private static let made: Result<Workshop, any Error> = Result {
        let shop = try Workshop(copying: Prepared.embedded.get())
        atexit { try? RederiveTests.made.get().folder.remove() }
        let test = RederiveTests()
        try test.generate(shop, "--steps 3 --per 1 --limit 3 --batch 1 --threads 1")
        try test.generate(shop, "--steps 3 --per 1 --limit 6 --batch 5 --threads 2")
        try test.generate(shop, "--steps 3 --per 1 --guidance 1 --limit 2")
        try test.generate(shop, "--steps 4 --per 1 --sampler pndm --noise torch --limit 2")
        try test.generate(shop, "--steps 3 --per 1 --eta 0.5 --seed 9 --limit 3")
        try test.generate(shop, "--steps 3 --per 1 --precision bfloat16 --limit 3 --batch 2 --threads 2")
        let killed = try Command.start(
            "figment",
            [
                "generate", "--model", "starter:diffusion", "--steps", "3", "--per", "4", "--seed", "5",
                "--batch", "2",
                "--catalog", shop.catalog,
            ], in: shop.folder.url)
        let count = try shop.rows("SELECT count(*) FROM image")
        while killed.isRunning, try shop.rows("SELECT count(*) FROM image") == count { usleep(500) }
        kill(killed.processIdentifier, SIGKILL)
        killed.waitUntilExit()
        try test.generate(shop, "--steps 3 --per 4 --seed 5 --limit 6 --threads 1")
        return shop
    }

    @Test func everyImageIsExactHoweverItWasMade() throws {
        let shop = try Workshop(copying: Self.made.get())
        let count = try shop.rows("SELECT count(*) FROM generated")[0][0].json.integer ?? 0
        #expect(count > 20)
        // On a busy machine there is time for a line about progress.
        let said = try shop.figment("audit", "image", "--rederive", "--from", Self.all, "--threads", "1")
            .output
        #expect(said == "\(count) images made again: \(count) exact, 0 within, 0 different\n")
        let rows = try shop.rows(
            """
            SELECT count(*), count(DISTINCT image_id) FROM rederivation JOIN image ON image.id = image_id
            WHERE verdict = 'exact' AND largest_difference = 0 AND rederivation.pixel_sha256 = image.pixel_sha256
            """)
        #expect(rows == [[.integer(count), .integer(count)]])
        let json = try shop.succeed(
            "audit", "image", "--rederive", "--from", Self.all, "--limit", "4", "--json")
        let outcomes = try json.split(separator: "\n").map {
            try JSONValue(parsing: String($0), source: "a line").object
        }
        #expect(outcomes.count == 4)
        for outcome in outcomes { #expect(outcome?["same_file"] == true) }
        #expect(try shop.damage() == "")
    }

    /// Gives an image a file and a row of pixels of which one is some levels off, as another CPU might have made it;
    /// gives its uid.
    private func shift(_ shop: Workshop, by levels: Int) throws -> String {
        let row = try shop.rows("SELECT uid, file_sha256 FROM generated LIMIT 1")[0]
        let pack = try Connection(shop.folder.path("trial.packs/0001.sqlite"), .readWrite)
        guard case .blob(let file) = try pack.value("SELECT bytes FROM payload WHERE sha256 = ?", [row[1]])
        else {
            throw CocoaError(.coderValueNotFound)
        }
        let picture = try ImageFile.decode(file, name: "it").picture
        var pixels = picture.pixels
        pixels[100] = UInt8(Int(pixels[100]) + (pixels[100] < 128 ? levels : -levels))
        let shifted = RGBImage(width: picture.width, height: picture.height, pixels: pixels)
        let bytes = try PNGCodec.encode(shifted)
        let digest = SHA256.digest(of: bytes).hex
        try pack.run("INSERT INTO payload VALUES (?, ?)", [.text(digest), .blob(bytes)])
        try Connection(shop.catalog, .readWrite).change(
            "image", "file_sha256 = ?, pixel_sha256 = ? WHERE uid = ?",
            [.text(digest), .text(shifted.pixelDigest.hex), row[0]])
        return row[0].json.string ?? ""
    }

    @Test func tellsWithinFromDifferent() throws {
        let shop = try Workshop(copying: Self.made.get())
        let uid = try shift(shop, by: 3)
        let different = try shop.figment("audit", "image", uid, "--rederive")
        #expect(different.status == 1)
        #expect(different.output == "\(uid)  different, by up to 3 of 255 levels\n")
        let within = try shop.succeed("audit", "image", uid, "--rederive", "--tolerance", "3")
        #expect(within == "\(uid)  within 3 of 255 levels\n")
        let verdicts = try shop.rows("SELECT verdict, largest_difference FROM rederivation ORDER BY id")
        #expect(verdicts == [["different", 3], ["within", 3]])
        let text = try shop.succeed("audit", "image", uid)
        #expect(text.contains("made again, different by up to 3 of 255 levels, on "))
    }

    @Test func anAlteredFileIsToldApartFromAnAlteredRow() throws {
        let shop = try Workshop(copying: Self.made.get())
        let row = try shop.rows("SELECT uid, file_sha256 FROM generated LIMIT 1")[0]
        let uid = row[0].json.string ?? ""
        let pack = try Connection(shop.folder.path("trial.packs/0001.sqlite"), .readWrite)
        try pack.run("UPDATE payload SET bytes = x'00' WHERE sha256 = ?", [row[1]])
        let command = try shop.figment("audit", "image", uid, "--rederive")
        #expect(command.status == 1)
        #expect(
            command.output.hasPrefix(
                "\(uid)  exact, the file to the last byte; but its stored file is damaged:"))
    }

    @Test func oneImageOfManyThatCannotBeComparedKeepsNoneBack() throws {
        let shop = try Workshop(copying: Self.made.get())
        let count = try shop.rows("SELECT count(*) FROM generated")[0][0].json.integer ?? 0
        // An image that comes out otherwise and has no file to say by how much, and one whose conditioning is damaged.
        let uid = try shift(shop, by: 3)
        let pack = try Connection(shop.folder.path("trial.packs/0001.sqlite"), .readWrite)
        let file = try shop.rows("SELECT file_sha256 FROM image WHERE uid = '\(uid)'")[0]
        try pack.run("UPDATE payload SET bytes = x'00' WHERE sha256 = ?", file)
        let hurt = try shop.rows(
            """
            SELECT payload_sha256, count(*) FROM generated JOIN conditioning ON conditioning.id = conditioning_id
            WHERE generated.uid <> '\(uid)' GROUP BY payload_sha256 ORDER BY 2 LIMIT 1
            """)[0]
        let hurtCount = hurt[1].json.integer ?? 0
        try pack.run("UPDATE payload SET bytes = x'00' WHERE sha256 = ?", [hurt[0]])
        let command = try shop.figment("audit", "image", "--rederive", "--from", Self.all)
        #expect(command.status == 1)
        #expect(command.output.contains("\(uid)  refused: image \(uid) comes out other than its row says"))
        let exact = count - 1 - hurtCount
        #expect(
            command.output.contains(
                "\(exact) images made again: \(exact) exact, 0 within, 0 different; \(hurtCount + 1) refused\n"
            ),
            "\(command.output) \(command.errors)")
        #expect(
            try shop.rows("SELECT count(*) FROM refusal WHERE stage = 'rederive' AND subject_kind = 'image'")
                == [[.integer(hurtCount + 1)]])
        #expect(
            try shop.rows("SELECT kind, appended, refused FROM run_event ORDER BY id DESC LIMIT 1")
                == [["finished", .integer(exact), .integer(hurtCount + 1)]])
    }

    @Test func refusesAnotherModel() throws {
        let shop = try Workshop(copying: Self.made.get())
        let folder = Command.programs.appending(path: "figment_StarterModels.resources/Models/diffusion").path
        let copy = shop.folder.path("copy")
        try FileManager.default.copyItem(atPath: folder, toPath: copy)
        let uid = try shop.rows("SELECT uid FROM generated LIMIT 1")[0][0].json.string ?? ""
        // The same files elsewhere are the same model.
        let same = try shop.succeed("audit", "image", uid, "--rederive", "--model", copy)
        #expect(same.hasPrefix("\(uid)  exact"))
        try shop.expect(
            Refusal(
                ["audit", "image", uid, "--rederive", "--model", "starter:clip"], 66,
                "starter:clip is another model: there is no model folder",
                "Give the folder of 'starter:diffusion'"))
        try shop.folder.write("copy/tokenizer/vocab.json", "{}")
        try shop.expect(
            Refusal(
                ["audit", "image", uid, "--rederive", "--model", copy], 65,
                "other settings or another tokenizer"))
        try shop.expect(
            Refusal("audit image 1 --rederive", 65, "image 1 is real: nothing made it"))
        try shop.expect(Refusal("audit image --rederive", 64, "--rederive takes either IMAGE or --from"))
        try shop.expect(
            Refusal(
                ["audit", "image", "--rederive", "--from", "DELETE FROM image"], 65, "deletes from image"))
    }
}
