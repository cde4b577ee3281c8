import Catalogs
import Digests
import Foundation
import JSONValues
import SQLite
import StageKit
import TestSupport
import Testing

/// What `figment audit image` says of an image, and how images and other rows are named.
struct AuditImageTests {
    private func chain(_ shop: Workshop, _ words: String...) throws -> JSONObject {
        let command = try shop.figment(["audit", "image"] + words + ["--json"])
        #expect(command.errors == "")
        return try #require(try JSONValue(parsing: command.output, source: "the audit").object)
    }

    @Test func followsParentsDownToTheRealImage() throws {
        let pedigree = try Pedigree()
        let chain = try chain(pedigree.shop, pedigree.uid("image"))
        let conditionings = try #require(chain["conditionings"]?.array).compactMap(\.object)
        #expect(conditionings.map { $0["kind"]?.string } == ["interpolated", "text", "inverted"])
        #expect(conditionings.map { $0["depth"]?.integer } == [0, 1, 1])
        let parents = try #require(conditionings[0]["parents"]?.string)
        #expect(parents.contains(pedigree.uid("inverted")) && parents.contains("0.7"))
        let real = try pedigree.shop.rows("SELECT uid, file_sha256 FROM image WHERE id = 1")[0]
        #expect(conditionings[2]["from_image"] == real[0].json)
        #expect(conditionings[2]["from_file_sha256"] == real[1].json)
        #expect(chain["trainings"]?.array?.count == 1)
        #expect(chain["products"]?.object?["models"] == 1)
        let runs = try #require(chain["runs"]?.array).compactMap(\.object)
        for run in runs {
            for key in ["uid", "program", "version", "machine", "cpu", "started_at", "threads"] {
                #expect(run[key] != nil && run[key] != .null, "\(key)")
            }
        }
        let text = try pedigree.shop.succeed("audit", "image", pedigree.uid("image"))
        #expect(text.contains("inverted, 28 × 128, its ancestor 1 step up"))
        #expect(text.contains("rests on this image\n  1 snapshot, 1 export, 1 training, 1 model\n"))
        // The name can neither clear the screen nor begin a line.
        #expect(!text.contains("\u{1b}") && !text.contains("\nname"))
        #expect(text.contains("evil\\u{1b}[2J\\nname'); DROP TABLE image;--"))
    }

    /// A recipe that was carried out twice may end with the same weights.
    @Test func namesEveryTrainingOfTheModel() throws {
        let pedigree = try Pedigree()
        let catalog = try Catalog.open(at: pedigree.shop.catalog)
        let model = try catalog.integer("SELECT model_id FROM sampling ORDER BY id DESC LIMIT 1")
        for seed in [5, 6] {
            try catalog.append(
                "training", UID(of: "training", [("seed", .integer(seed))]),
                ["recipe": "{}", "seed": .integer(seed), "model_id": .integer(model), "run_id": 1])
        }
        let chain = try chain(pedigree.shop, pedigree.uid("image"))
        let trainings = try #require(chain["trained_by"]?.array).compactMap(\.object)
        #expect(Set(trainings.map { $0["seed"]?.integer }) == [5, 6])
        let text = try pedigree.shop.succeed("audit", "image", pedigree.uid("image"))
        #expect(text.contains("\ntrained by\n  seed "))
    }

    @Test func saysWhatRestsOnARealImage() throws {
        let pedigree = try Pedigree()
        let products = try chain(pedigree.shop, "1")["products"]?.object
        let expected = [
            "conditionings": 2, "images": 1, "snapshots": 1, "exports": 1, "trainings": 1, "models": 1,
        ]
        for (kind, count) in expected { #expect(products?[kind] == .integer(count), "\(kind)") }
        let text = try pedigree.shop.succeed("audit", "image", "1")
        #expect(text.contains("  2 conditionings, 1 image, 1 snapshot, 1 export, 1 training, 1 model\n"))
    }

    @Test func saysThatAPayloadIsAltered() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        let pack = try Connection(shop.folder.path("trial.packs/0001.sqlite"), .readWrite)
        guard case .text(let sha256) = try shop.rows("SELECT file_sha256 FROM image WHERE id = 1")[0][0]
        else {
            throw CocoaError(.coderValueNotFound)
        }
        try pack.run("UPDATE payload SET bytes = x'00' WHERE sha256 = ?", [.text(sha256)])
        let altered = try shop.figment("audit", "image", "1")
        #expect(altered.status == 1)
        #expect(altered.output.contains("DAMAGED: the payload \(sha256) in the pack"))
        #expect(altered.errors == "")
        #expect(try chain(shop, "1")["payload"]?.object?["intact"] == false)
        try pack.run("DELETE FROM payload WHERE sha256 = ?", [.text(sha256)])
        #expect(try shop.figment("audit", "image", "1").output.contains("lacks the payload \(sha256)"))
        #expect(try chain(shop, "2")["payload"]?.object?["intact"] == true)
    }

    @Test func takesIdsAndBeginningsOfUids() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        guard case .text(let uid) = try shop.rows("SELECT uid FROM image WHERE id = 3")[0][0] else {
            throw CocoaError(.coderValueNotFound)
        }
        for word in ["3", uid, String(uid.prefix(8)), uid.uppercased()] {
            #expect(try chain(shop, word)["image"]?.object?["uid"] == .string(uid), "\(word)")
        }
        // Two uids that begin alike: neither is guessed.
        let catalog = try Catalog.open(at: shop.catalog)
        let copy =
            "INSERT INTO concept (uid, vocabulary_id, position, key, name, weight, run_id) VALUES (?, 1, ?, ?, ?, 1, 1)"
        for (number, name) in ["one", "two", "two"].enumerated() {
            try catalog.execute(
                copy,
                [
                    .text("abcdef" + String(repeating: "\(number)", count: 26)), .integer(900 + number),
                    .text("key-\(number)"), .text(name),
                ])
        }
        try shop.expect(Refusal("audit concept abcdef", 64, "several rows of concept are called 'abcdef'"))
        try shop.expect(Refusal("audit concept two", 64, "several rows", "abcdef1111", "abcdef2222"))
        try shop.succeed("audit", "concept", "abcdef0")
        try shop.succeed("audit", "concept", "key-1")
    }

    @Test(arguments: [
        ("audit image abcde", 66, "no image 'abcde'"), ("audit image 0", 66, "no image '0'"),
        ("audit image -3", 66, "no image '-3'"), ("audit image", 64, "IMAGE is missing"),
        ("audit image 1 --from x", 64, "--from goes with --rederive only"),
        ("audit image 1 --format xml", 64, "--format takes one of text, json, prov"),
        ("audit image 99999999999999999999", 66, "no image"), ("audit model x", 66, "no model 'x'"),
        ("audit model starter:diffusio", 66, "Did you mean 'starter:diffusion'?"),
        ("audit concept sandel", 66, "Did you mean 'sandal'?"), ("audit run x", 66, "no run 'x'"),
        ("audit caption 'or'1'='1", 66, "no caption"),
        ("audit snapshot nothing", 66, "no snapshot 'nothing'"),
        ("audit snapshot a b c", 64, "3 snapshots are too many"),
        ("audit export nowhere", 66, "nowhere is no export of this catalog"),
        ("audit export . --export 0123456789", 66, "no export '0123456789'"),
    ])
    func refusesWhatIsNotThere(line: String, status: Int32, phrases: String) throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        try shop.expect(Refusal(line, status, [phrases]))
    }

    @Test func namesTheUidThatBeginsMostAlike() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        guard case .text(let uid) = try shop.rows("SELECT uid FROM image WHERE id = 3")[0][0] else {
            throw CocoaError(.coderValueNotFound)
        }
        let last = uid.hasSuffix("0") ? "1" : "0"
        try shop.expect(
            Refusal(
                ["audit", "image", uid.dropLast() + last], 66, "no image", "begins most like it is \(uid)"))
    }
}
