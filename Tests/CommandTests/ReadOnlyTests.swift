import Foundation
import Glibc
import TestSupport
import Testing

/// Work where nobody may write to the catalog's folder, or to that of the packs; and once more when it is allowed.
struct ReadOnlyTests {
    private static let words = [
        "generate", "--model", "starter:diffusion", "--steps", "1", "--per", "2", "--batch", "5",
    ]

    /// Runs `figment` as one who must heed permissions, even where the tests are run by root.
    private func figment(_ words: [String], in shop: Workshop) throws -> Command {
        let program = Command.programs.appending(path: "figment").path
        let drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]
        let line = (geteuid() == 0 ? drop : []) + [program] + words
        return try Command.system(
            line[0], Array(line.dropFirst()), in: shop.folder.url,
            environment: ["FIGMENT_CATALOG": shop.catalog])
    }

    /// Of each case the paths that are made read-only, the folders last.
    @Test(arguments: [
        ["trial.sqlite", ""], ["trial.packs/0001.sqlite", "trial.packs"], ["trial.packs/0001.sqlite"],
        ["trial.sqlite", "trial.packs/0001.sqlite", "trial.packs", ""],
    ])
    func isSaidAndDoneLater(closed: [String]) throws {
        let trial = try Trial(Self.words, after: Prepared.embedded.get())
        let shop = try Workshop(copying: Prepared.embedded.get())
        let before = try shop.counts()["generation"]
        let paths = closed.map { $0.isEmpty ? shop.folder.url.path : shop.folder.path($0) }
        var modes: [mode_t] = []
        for path in paths {
            var status = stat()
            try #require(stat(path, &status) == 0)
            modes.append(status.st_mode & 0o777)
            chmod(path, status.st_mode & 0o555)
        }
        func open() { for (path, mode) in zip(paths, modes).reversed() { chmod(path, mode) } }
        defer { open() }
        let command = try figment(Self.words, in: shop)
        #expect(command.status == 74, "\(closed): \(command.errors)")
        #expect(command.output == "")
        #expect(command.errors.contains("hint: "), "\(closed): \(command.errors)")
        let check = try figment(["check"], in: shop)
        #expect(check.status == 0, "\(closed): \(check.output) \(check.errors)")
        #expect(try shop.counts()["generation"] == before)
        open()
        let again = try shop.figment(Self.words)
        #expect(again.status == 0, "\(again.errors)")
        try trial.expectUndisturbed(shop, "\(closed)")
        #expect(try shop.rows("SELECT count(*) FROM claim") == [[0]])
        #expect(try shop.damage() == "")
    }
}
