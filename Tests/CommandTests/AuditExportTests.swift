import Foundation
import JSONValues
import StageKit
import TestSupport
import Testing

/// Whether a directory is what was exported, byte for byte.
struct AuditExportTests {
    /// Two exports of one snapshot.
    private static let exported: Result<Workshop, any Error> = Result {
        let shop = try Workshop(copying: Prepared.embedded.get())
        atexit { try? AuditExportTests.exported.get().folder.remove() }
        try shop.succeed("variant", "define", "real", "SELECT id AS image_id FROM image")
        try shop.succeed("variant", "freeze", "real")
        try shop.succeed("export", "real", "folders", "--format", "imagefolder")
        try shop.succeed("export", "real", "shards", "--format", "webdataset", "--shard-items", "15")
        return shop
    }

    /// A copy of an export at a place of its own.
    private func copy(_ name: String, _ shop: Workshop) throws -> String {
        let path = shop.folder.path("moved-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: shop.folder.path(name), toPath: path)
        return path
    }

    /// The kinds and paths of what `audit export` finds.
    private func differences(_ path: String, _ shop: Workshop, _ more: String...) throws -> [String] {
        let command = try shop.figment(["audit", "export", path, "--json"] + more)
        #expect(command.errors == "")
        let object = try #require(try JSONValue(parsing: command.output, source: "the audit").object)
        let found = try #require(object["differences"]?.array).compactMap(\.object)
        #expect(object["intact"] == .boolean(found.isEmpty))
        #expect(command.status == (found.isEmpty ? 0 : 1))
        return found.map { "\($0["kind"]?.string ?? "") \($0["path"]?.string ?? "")" }
    }

    @Test(arguments: ["folders", "shards"])
    func knowsAnExportWhereverItIs(name: String) throws {
        let shop = try Self.exported.get()
        #expect(try differences(name, shop) == [])
        #expect(try differences(copy(name, shop), shop) == [])
        let text = try shop.succeed("audit", "export", name)
        #expect(text.hasPrefix("export of real, 40 images\n"))
        #expect(text.hasSuffix("  every byte is as recorded\n"))
    }

    @Test func namesEachFileThatDiffers() throws {
        let shop = try Self.exported.get()
        let path = try copy("folders", shop)
        let files = try #require(FileManager.default.enumerator(atPath: path)?.allObjects as? [String])
            .sorted()
        let images = files.filter { $0.hasSuffix(".png") }
        var bytes = try Data(contentsOf: URL(filePath: "\(path)/\(images[0])"))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: "\(path)/\(images[0])"))
        try FileManager.default.removeItem(atPath: "\(path)/\(images[1])")
        try Data().write(to: URL(filePath: "\(path)/stray"))
        try FileManager.default.removeItem(atPath: "\(path)/README.md")
        let found = try differences(path, shop)
        let expected = ["altered \(images[0])", "missing \(images[1])", "added stray", "missing README.md"]
        #expect(found.sorted() == expected.sorted())
        let text = try shop.figment("audit", "export", path).output
        #expect(text.contains("altered           \(images[0]): SHA-256 "))
    }

    @Test func trustsNoListThatIsAltered() throws {
        let shop = try Self.exported.get()
        let folders = try copy("folders", shop)
        let rows = URL(filePath: "\(folders)/test/metadata.jsonl")
        try (try Data(contentsOf: rows) + Data(" ".utf8)).write(to: rows)
        let found = try differences(folders, shop)
        #expect(found.filter { !$0.hasPrefix("unproved test/") } == ["altered test/metadata.jsonl"])
        #expect(found.count == 21)

        // Without its manifest it is known by its place, or by being named; the catalog still answers for the shards.
        let shards = try copy("shards", shop)
        try FileManager.default.removeItem(atPath: "\(shards)/manifest.json")
        try shop.expect(Refusal(["audit", "export", shards], 66, "no manifest of an export", "--export"))
        let uid = try shop.rows("SELECT uid FROM export WHERE format = 'webdataset'")[0][0].json.string ?? ""
        let stripped = try differences(shards, shop, "--export", uid)
        #expect(stripped.contains("missing manifest.json"))
        #expect(stripped.filter { $0.hasPrefix("unproved") }.allSatisfy { !$0.hasSuffix(".tar") })
        #expect(!stripped.contains { $0.hasPrefix("altered") })
    }

    @Test func opensNothingButFiles() throws {
        let shop = try Self.exported.get()
        let path = try copy("shards", shop)
        try FileManager.default.createSymbolicLink(
            atPath: "\(path)/line\nbreak", withDestinationPath: "/dev/zero")
        #expect(mkfifo("\(path)/pipe", 0o600) == 0)
        #expect(try differences(path, shop) == ["added line\nbreak", "added pipe"])
        #expect(try shop.figment("audit", "export", path).output.contains("line\\nbreak"))
    }
}
