import Catalogs
import Digests
import Foundation
import JSONValues
import StageKit
import TestSupport
import Testing

struct SpineTests {
    @Test func recordsEveryStepOnce() throws {
        let shop = try Spine.finished.get()
        let counts = try shop.counts()
        let expected = [
            "concept": 10, "conditioning": 11, "generation": 10, "image": 50, "score": 20, "decision": 10,
            "model": 2, "sampling": 1, "measurement": 2, "filter_rule": 1, "variant": 2, "snapshot": 2,
            "snapshot_item": 15, "export": 4, "export_shard": 4, "refusal": 0, "claim": 0, "run": 15,
        ]
        for (table, count) in expected { #expect(counts[table] == count, "\(table)") }
        let verdicts = try shop.rows("SELECT verdict, count(*) FROM decision GROUP BY verdict")
        #expect(verdicts == [["kept", 5], ["rejected", 5]])
        let ends = try shop.rows(
            """
            SELECT DISTINCT kind FROM run_event WHERE id IN (SELECT max(id) FROM run_event GROUP BY run_id)
            """)
        #expect(ends == [["finished"]])
    }

    @Test func findsNothingToDoTheSecondTime() throws {
        let shop = try Spine.finished.get()
        let counts = try shop.counts()
        for step in Spine.steps {
            let command = try shop.figment(step.words)
            #expect(command.status == 0, "\(step.words) wrote \(command.errors)")
            #expect(command.output.contains(step.again), "\(step.words) wrote \(command.output)")
            #expect(try shop.counts() == counts, "\(step.words)")
        }
    }

    @Test func comesToTheSameInAnotherCatalog() throws {
        let first = try Spine.finished.get()
        let second = try Workshop()
        try Spine.run(in: second)
        let identities = [
            "vocabulary", "concept", "template_set", "prompt_template", "model", "caption", "conditioning",
            "sampling", "generation", "measurement", "score", "filter_rule", "decision", "variant",
            "snapshot",
        ]
        for table in identities {
            let sql = "SELECT uid FROM \(table) ORDER BY uid"
            let rows = try first.rows(sql)
            #expect(try second.rows(sql) == rows, "\(table)")
            #expect(!rows.isEmpty, "\(table)")
        }
        for sql in [
            "SELECT uid, file_sha256, pixel_sha256 FROM image ORDER BY uid",
            "SELECT uid, payload_sha256 FROM conditioning ORDER BY uid",
            "SELECT uid, value FROM score ORDER BY uid", "SELECT uid, digest FROM snapshot ORDER BY uid",
            "SELECT format, options, digest FROM export ORDER BY digest",
        ] {
            #expect(try second.rows(sql) == first.rows(sql), "\(sql)")
        }
    }

    @Test func exportsTheSameBytesTwice() throws {
        let shop = try Spine.finished.get()
        let first = try files(in: shop.folder.path("shards"))
        #expect(first.count == 5, "\(first.keys.sorted())")
        #expect(try files(in: shop.folder.path("shards-once-more")) == first)
        #expect(
            try files(in: shop.folder.path("folders-once-more")) == files(in: shop.folder.path("folders")))
    }

    @Test func auditsAnImageDownToTheWeights() throws {
        let shop = try Spine.finished.get()
        let rows = try shop.rows(
            "SELECT uid, file_sha256, seed, caption, image_id FROM generated JOIN kept USING (uid, image_id)")
        let row = try #require(rows.first).map { $0.json.string ?? $0.json.text }
        let text = try shop.succeed("audit", "image", row[4])
        let json = try JSONValue(
            parsing: try shop.succeed("audit", "image", row[0], "--json"), source: "the audit")

        let chain = try #require(json.object)
        #expect(chain["image"]?.object?["uid"] == .string(row[0]))
        #expect(chain["caption"]?.object?["text"] == .string(row[3]))
        #expect(chain["generation"]?.object?["seed"]?.integer == Int(row[2]))
        for section in [
            "conditionings", "model files", "scores", "decisions", "snapshots", "exports", "runs",
        ] {
            #expect(chain[section.replacing(" ", with: "_")]?.array?.isEmpty == false, "\(section)")
            #expect(text.contains("\n\(section)\n"), "\(section)")
        }
        #expect(chain["scores"]?.array?.count == 2)
        #expect(chain["exports"]?.array?.count == 4)

        #expect(chain["payload"]?.object?["intact"] == true)

        // The chain ends at bytes that anyone can hash: the image's, and the weights'.
        let picture = try Data(contentsOf: URL(filePath: shop.folder.path("report/images/\(row[0]).png")))
        #expect(SHA256.digest(of: Array(picture)).hex == row[1])
        #expect(chain["image"]?.object?["file_sha256"] == .string(row[1]))
        let model = Command.programs.appending(path: "figment_StarterModels.resources/Models/diffusion").path
        let weights = try files(in: model).filter { $0.key.hasSuffix(".safetensors") }
        #expect(weights.count == 3)
        let lines = weights.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined()
        let digest = SHA256.digest(of: Array(lines.utf8)).hex
        #expect(chain["model"]?.object?["weights_sha256"] == .string(digest))
        #expect(text.contains(digest))
        for (path, sha256) in weights { #expect(text.contains(sha256), "\(path)") }
    }

    /// The digest of every file below a folder, by its path.
    private func files(in folder: String) throws -> [String: String] {
        let paths = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
        var files: [String: String] = [:]
        for path in paths {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
            if !isFolder.boolValue { files[path] = try Digest(ofFile: "\(folder)/\(path)").hex }
        }
        return files
    }
}
