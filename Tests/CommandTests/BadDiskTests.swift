import Foundation
import Glibc
import TestSupport
import Testing

/// A disk that is full, and places where nobody may write.
struct BadDiskTests {
    /// Runs `figment` where no file may grow past a size.
    private func figment(_ words: [String], in shop: Workshop, fileSize: Int) throws -> Command {
        let program = Command.programs.appending(path: "figment").path
        // sh counts in blocks of 512 bytes. The signal is ignored: writing fails, as it does on a full disk.
        return try Command.system(
            "sh",
            ["-c", "trap '' XFSZ; ulimit -f \(fileSize / 512); exec \"$@\"", "sh", program] + words,
            in: shop.folder.url, environment: ["FIGMENT_CATALOG": shop.catalog])
    }

    @Test(arguments: [
        ["import", "wardrobe", "--limit", "400"],
        ["generate", "--model", "starter:diffusion", "--steps", "1", "--per", "20", "--batch", "200"],
    ])
    func aFullDiskLeavesTheCatalogSound(words: [String]) throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        let before = try shop.counts()
        let pack = try FileManager.default.attributesOfItem(
            atPath: shop.folder.path("trial.packs/0001.sqlite"))
        let size = try #require(pack[.size] as? Int)
        let command = try figment(words, in: shop, fileSize: size + (64 << 10))
        #expect(command.status == 74, "\(command.errors)")
        #expect(command.output == "")
        #expect(command.errors.split(separator: "\n").count { $0.hasPrefix("figment") } == 1)
        #expect(command.errors.contains("hint: "))
        let after = try shop.counts()
        for table in ["image", "generation", "caption", "claim"] {
            #expect(after[table] == before[table], "\(table)")
        }
        #expect(try shop.damage() == "")
        let retried = try shop.figment(words)
        #expect(retried.status == 0, "\(retried.errors)")
        #expect(try shop.damage() == "")
    }

    @Test func aFullOutputIsAnError() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        let program = Command.programs.appending(path: "figment").path
        let command = try Command.system(
            "sh", ["-c", "exec \"$0\" query 'SELECT * FROM caption' > /dev/full", program],
            environment: ["FIGMENT_CATALOG": shop.catalog])
        #expect(command.status == 74)
        #expect(command.errors.contains("cannot write to standard output: No space left on device"))
    }

    /// The words that run a program as one who must heed permissions, even where the tests are run by root.
    private func heeding(_ words: [String]) throws -> [String] {
        let program = Command.programs.appending(path: "figment").path
        let drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]
        return (geteuid() == 0 ? drop : []) + [program] + words
    }

    @Test(arguments: [
        (["caption", "--strategy", "template", "--templates", "wardrobe"], "trial.sqlite"),
        (["init", "--catalog", "new.sqlite"], "new.sqlite"),
        (["report", "pages", "--from", "SELECT 1"], "pages"),
        (["export", "real", "there"], "trial.sqlite"),
    ])
    func aPlaceNobodyMayWriteTo(words: [String], name: String) throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.succeed("variant", "define", "real", "SELECT id AS image_id FROM image WHERE split = 'test'")
        try shop.succeed("variant", "freeze", "real")
        let before = try shop.counts()
        let folder = shop.folder.url.path
        chmod(shop.catalog, 0o444)
        chmod(folder, 0o555)
        defer { chmod(folder, 0o755) }
        let words = try heeding(words)
        let command = try Command.system(
            words[0], Array(words.dropFirst()), in: shop.folder.url,
            environment: ["FIGMENT_CATALOG": shop.catalog])
        #expect(command.status == 74, "\(command.errors)")
        #expect(command.output == "")
        #expect(command.errors.contains(name), "\(command.errors)")
        #expect(command.errors.contains("hint: "), "\(command.errors)")
        #expect(try shop.counts() == before)
    }

    @Test func anExportWhereNobodyMayWrite() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.succeed("variant", "define", "real", "SELECT id AS image_id FROM image WHERE split = 'test'")
        try shop.succeed("variant", "freeze", "real")
        let before = try shop.counts()
        try shop.folder.write("closed/note.txt", "")
        chmod(shop.folder.path("closed"), 0o555)
        defer { chmod(shop.folder.path("closed"), 0o755) }
        let words = try heeding(["export", "real", "closed/there"])
        let command = try Command.system(
            words[0], Array(words.dropFirst()), in: shop.folder.url,
            environment: ["FIGMENT_CATALOG": shop.catalog])
        #expect(command.status == 74, "\(command.errors)")
        #expect(command.errors.contains("closed/there"), "\(command.errors)")
        #expect(command.errors.contains("hint: "), "\(command.errors)")
        #expect(try shop.counts() == before)
    }

    @Test func aReadOnlyCatalogIsStillRead() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        let folder = shop.folder.url.path
        chmod(shop.catalog, 0o444)
        chmod(folder, 0o555)
        defer { chmod(folder, 0o755) }
        for words in [
            ["status"], ["check"], ["query", "SELECT count(*) FROM image"], ["audit", "image", "1"],
        ] {
            let heeding = try heeding(words)
            let command = try Command.system(
                heeding[0], Array(heeding.dropFirst()), in: shop.folder.url,
                environment: ["FIGMENT_CATALOG": shop.catalog])
            #expect(command.status == 0, "\(words): \(command.errors)")
        }
    }
}
