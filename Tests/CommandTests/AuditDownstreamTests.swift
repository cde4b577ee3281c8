import JSONValues
import StageKit
import TestSupport
import Testing

/// What rests on a caption, a class, a model or a run.
struct AuditDownstreamTests {
    private func report(_ shop: Workshop, _ words: String...) throws -> JSONObject {
        let output = try shop.figment(["audit"] + words + ["--json"])
        #expect(output.status == 0, "\(output.errors)")
        return try #require(try JSONValue(parsing: output.output, source: "the audit").object)
    }

    private func expect(
        _ report: JSONObject, _ counts: [String: Int], at location: SourceLocation = #_sourceLocation
    ) {
        for (kind, count) in counts {
            #expect(report["counts"]?.object?[kind] == .integer(count), "\(kind)", sourceLocation: location)
            #expect(
                report["dependents"]?.object?[kind]?.array?.count == count, "\(kind)",
                sourceLocation: location)
        }
    }

    @Test func followsEveryWayDown() throws {
        let pedigree = try Pedigree()
        let text = try pedigree.shop.rows(
            "SELECT text FROM caption JOIN conditioning ON caption_id = caption.id ORDER BY conditioning.id LIMIT 1"
        )
        let caption = try report(pedigree.shop, "caption", text[0][0].json.string ?? "")
        expect(
            caption,
            ["captions": 0, "conditionings": 2, "images": 1, "snapshots": 1, "exports": 1, "models": 1])
        let models = caption["dependents"]?.object?["models"]
        #expect(models == .array([.string(pedigree.uid("model"))]))

        let encoder = try report(pedigree.shop, "model", "starter:diffusion")
        let roles = encoder["roles"]?.array?.compactMap { $0.object?["role"]?.string }
        #expect(roles == ["text encoder", "finder of conditionings", "generator"])
        let trained = try report(pedigree.shop, "model", pedigree.uid("model"))
        #expect(trained["trained_by"] == .array([.string(pedigree.uid("training"))]))
        #expect(trained["roles"]?.array?.compactMap { $0.object?["role"]?.string } == ["scorer"])
        expect(trained, ["images": 1, "snapshots": 0, "models": 0])

        let name = try pedigree.shop.succeed("audit", "model", Pedigree.name)
        #expect(name.hasPrefix("model evil\\u{1b}[2J\\nname"))
        #expect(name.contains("as scorer         1 image\n"))
    }

    @Test func countsAWholeJob() throws {
        let shop = try Spine.finished.get()
        let generated = 10
        let clip = try report(shop, "model", "starter:clip")
        #expect(clip["roles"]?.array?.compactMap { $0.object?["role"]?.string } == ["scorer"])
        expect(clip, ["images": generated, "snapshots": 2, "exports": 4])
        let diffusion = try report(shop, "model", "starter:diffusion")
        expect(diffusion, ["conditionings": 11, "images": generated, "snapshots": 2, "exports": 4])
        let concept = try report(shop, "concept", "sandal")
        let real = try shop.rows(
            "SELECT count(*) FROM image JOIN concept ON concept.id = concept_id WHERE name = 'sandal'")
        let holders = try shop.rows(
            """
            SELECT count(DISTINCT snapshot_id) FROM snapshot_item JOIN image ON image.id = image_id
            JOIN concept ON concept.id = concept_id WHERE name = 'sandal'
            """)
        expect(
            concept,
            ["images": real[0][0].json.integer ?? 0, "snapshots": holders[0][0].json.integer ?? 0])

        for (program, role) in [
            ("figment-score", "judge"), ("figment-filter", "judge"), ("figment-embed", "maker"),
            ("figment-generate", "maker"), ("figment-caption", "maker"),
        ] {
            let run =
                try shop.rows("SELECT uid FROM run WHERE program = '\(program)'")[0][0].json.string ?? ""
            let report = try report(shop, "run", run)
            #expect(
                report["roles"]?.array?.compactMap { $0.object?["role"]?.string } == [role], "\(program)")
            expect(report, ["images": generated, "snapshots": 2, "exports": 4])
            #expect(report["recorded_by"]?.object?["program"] == .string(program))
        }
    }

    @Test func textIsBounded() throws {
        let shop = try Spine.finished.get()
        let text = try shop.succeed("audit", "model", "starter:diffusion", "--limit", "3")
        #expect(text.contains("  … and 7 more: --limit shows more, --json all\n"))
        #expect(
            text.contains(
                "rests on it\n  as text encoder   11 conditionings, 10 images, 2 snapshots, 4 exports\n"))
        #expect(text.contains("all, 10 images, frozen "))
    }
}
