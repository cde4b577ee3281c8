import Catalogs
import Foundation
import SQLite
import TestSupport
import Testing

/// A catalog tells nothing of the machine and of whoever works on it but what provenance needs.
struct PrivacyTests {
    private static let model = Command.programs.appending(
        path: "figment_StarterModels.resources/Models/diffusion"
    ).path

    /// Does one of everything that records a path or a machine; gives the folder outside that it uses.
    private func work(_ shop: Workshop, _ words: String...) throws -> TemporaryFolder {
        let outside = try TemporaryFolder()
        try outside.write("lists/classes.csv", "name\ncoat\nbag\n")
        try outside.write("lists/templates.txt", "a photo of a {}.\n")
        try outside.write("pictures/coat/1.png", try Fixture.bytes("ImageCodecs/rgb.png"))
        try outside.write("pictures/coat/2.png", "no picture")
        try outside.write(
            "rules/rule.json",
            #"{"name": "half", "measure": "clip-confidence", "keep": "above", "threshold": 0}"#)
        try FileManager.default.copyItem(atPath: Self.model, toPath: outside.path("network"))
        func figment(_ command: String...) throws {
            let run = try shop.figment(command + words)
            #expect(run.status == 0, "\(command): \(run.errors)")
        }
        try shop.succeed("init")
        try figment("import", "concepts", outside.path("lists/classes.csv"))
        try figment("import", "templates", outside.path("lists/templates.txt"))
        try figment("import", "images", outside.path("pictures"), "--split", "train")
        try figment("caption", "--strategy", "template")
        try figment("embed", "--model", outside.path("network"))
        try figment("generate", "--model", outside.path("network"), "--per", "1", "--steps", "1")
        try figment("score", "--model", "starter:clip", "--measure", "clip-confidence")
        try figment("filter", "--rule", outside.path("rules/rule.json"))
        try figment("variant", "define", "all", "SELECT id AS image_id FROM image")
        try figment("variant", "freeze", "all")
        try figment("export", "all", outside.path("export"), "--format", "imagefolder")
        try figment("split", "1", "--for", "generate", "--per", "2", "--into", outside.path("shards"))
        try figment("merge", outside.path("shards/trial-01.sqlite"))
        let uid = try shop.rows("SELECT uid FROM generated LIMIT 1")[0][0].json.string ?? ""
        try figment("audit", "image", uid, "--rederive", "--model", outside.path("network"))
        // A run that fails once it has begun: the export's folder is not empty any more.
        try outside.write("export/more", "")
        let failed = try shop.figment(
            ["export", "all", outside.path("export"), "--format", "webdataset"] + words)
        #expect(failed.status != 0)
        #expect(try shop.damage() == "")
        return outside
    }

    /// Every text of a catalog.
    private func texts(_ path: String) throws -> [String] {
        let catalog = try Connection(path, .readOnly)
        var texts: [String] = []
        for table in try catalog.schemaEntries() where table.type == "table" {
            let statement = try catalog.statement("SELECT * FROM \(table.name)")
            while try statement.step() { texts += statement.row.values.compactMap(\.json.string) }
        }
        return texts
    }

    private func secrets(_ shop: Workshop, _ outside: TemporaryFolder) throws -> [String] {
        var secrets = [shop.folder.url.path, outside.url.path, outside.url.lastPathComponent]
        for file in ["/proc/sys/kernel/random/boot_id", "/etc/machine-id"] {
            secrets +=
                (try? [String(contentsOfFile: file, encoding: .utf8).trimmingCharacters(in: .newlines)]) ?? []
        }
        return secrets.filter { $0.count > 3 }
    }

    @Test func nothingOfTheMachineIsRecordedUnasked() throws {
        let shop = try Workshop()
        let outside = try work(shop)
        for path in [shop.catalog, outside.path("shards/trial-01.sqlite")] {
            let texts = try texts(path)
            #expect(texts.count > 100)
            for secret in try secrets(shop, outside) {
                #expect(texts.filter { $0.contains(secret) } == [], "\(secret)")
            }
        }
        #expect(
            try shop.rows("SELECT DISTINCT host, process IS NULL, length(machine) FROM run") == [["", 1, 16]])
        #expect(
            try shop.rows("SELECT source FROM image WHERE origin = 'real'")[0][0].json.string?
                .wholeMatch(of: /unnamed-[0-9a-f]{16}:pictures\/coat\/1.png/) != nil)
        // What was imported, exported and split is found again by what was recorded.
        let before = try shop.counts()
        #expect(
            try shop.succeed("import", "images", outside.path("pictures"), "--split", "train")
                == "figment-import: 0 images recorded, 2 there already\n")
        try shop.succeed("split", "1", "--for", "generate", "--per", "2", "--into", outside.path("shards"))
        #expect(try shop.counts() == before)
    }

    @Test func theHostIsRecordedOnRequest() throws {
        let shop = try Workshop()
        let outside = try work(shop, "--record-host")
        let runs = try shop.rows("SELECT host, process, machine FROM run WHERE program = 'figment-generate'")
        #expect(runs.count == 1)
        #expect(runs[0][0].json.string == ProcessInfo.processInfo.hostName && runs[0][1] != .null)
        #expect(
            try shop.rows("SELECT source FROM image WHERE origin = 'real'")
                == [[.text(outside.path("pictures/coat/1.png"))]])
        #expect(
            try shop.rows("SELECT DISTINCT directory FROM export") == [[.text(outside.path("export"))]])
        // Whichever way it was recorded, it is the same file.
        #expect(
            try shop.succeed("import", "images", outside.path("pictures"), "--split", "train")
                == "figment-import: 0 images recorded, 1 there already, 1 refused (see table refusal)\n")
    }

    @Test func aRootKeepsItsNameWhereverItLies() throws {
        let shop = try Workshop()
        let outside = try TemporaryFolder()
        try outside.write("here/coat/1.png", try Fixture.bytes("ImageCodecs/rgb.png"))
        try shop.folder.write("classes.csv", "name\ncoat\n")
        try shop.succeed("init")
        try shop.succeed("import", "concepts", "classes.csv")
        try shop.succeed("import", "images", outside.path("here"), "--root", "photos=\(outside.path("here"))")
        #expect(try shop.rows("SELECT source FROM image") == [["photos:coat/1.png"]])
        try FileManager.default.moveItem(atPath: outside.path("here"), toPath: outside.path("there"))
        let again = try shop.succeed(
            "import", "images", outside.path("there"), "--root", "photos=\(outside.path("there"))")
        #expect(again == "figment-import: 0 images recorded, 1 there already\n")
    }
}
