import TestSupport
import Testing

/// An image's bytes follow from its row: not from batch, order, thread count or resumption.
struct DeterminismTests {
    private func generate(_ shop: Workshop, model: String = "starter:diffusion", _ words: String...) throws {
        let common = ["generate", "--model", model, "--steps", "3", "--per", "1"]
        let command = try shop.figment(common + words)
        try #require(command.status == 0, "\(command.errors)")
    }

    /// Of the starter pipeline, and of one of Stable Diffusion's build with random weights.
    @Test(arguments: ["starter:diffusion", Fixture.url("DiffusionPipeline").path])
    func imagesDependOnTheirRowsAlone(model: String) throws {
        let embedded = try Workshop(copying: Prepared.embedded.get())
        if model != "starter:diffusion" { try embedded.succeed("embed", "--model", model) }
        let reference = try Workshop(copying: embedded)
        try generate(reference, model: model, "--limit", "6")
        let expected = try reference.imageDigests()
        #expect(expected.count == 6)
        #expect(Set(expected.values).count == 6)
        for (batch, threads) in [(1, 2), (3, 1), (3, 5), (4, 3), (8, 1)] {
            let shop = try Workshop(copying: embedded)
            try generate(
                shop, model: model, "--limit", "6", "--batch", "\(batch)", "--threads", "\(threads)")
            #expect(try shop.imageDigests() == expected, "batch \(batch), threads \(threads)")
        }
    }

    @Test func goesOnWhereItStopped() throws {
        let embedded = try Prepared.embedded.get()
        let (whole, parts) = (try Workshop(copying: embedded), try Workshop(copying: embedded))
        try generate(whole)
        for limit in ["1", "4", "0", "9"] { try generate(parts, "--limit", limit) }
        let expected = try whole.imageDigests()
        #expect(expected.count == 10)
        #expect(try parts.imageDigests() == expected)
        // In another order, with another number of steps after the first: still the same rows.
        let shuffled = try Workshop(copying: embedded)
        for id in ["7", "3", "11"] { try generate(shuffled, "--from", "SELECT \(id)") }
        try generate(shuffled)
        #expect(try shuffled.imageDigests() == expected)
    }

    @Test func everyConditioningHasItsFirstImageBeforeAnyHasItsSecond() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        for limit in ["5", "8"] {
            try shop.succeed(
                "generate", "--model", "starter:diffusion", "--steps", "1", "--per", "2", "--batch", "3",
                "--limit", limit)
        }
        let made = try shop.rows("SELECT conditioning_id, ordinal FROM generated ORDER BY image_id")
        #expect(made == (2...11).map { [.integer($0), 0] } + (2...4).map { [.integer($0), 1] })
    }

    @Test func everySettingMakesAnotherImage() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        let one = ["--from", "SELECT 2", "--batch", "1"]
        for setting in [
            [], ["--seed", "1"], ["--noise", "torch"], ["--sampler", "pndm"], ["--guidance", "4"],
            ["--guidance", "1"], ["--eta", "1"], ["--precision", "bfloat16"],
        ] {
            let command = try shop.figment(
                ["generate", "--model", "starter:diffusion", "--steps", "4", "--per", "1"] + one + setting)
            #expect(command.status == 0, "\(setting): \(command.errors)")
        }
        let digests = try shop.rows("SELECT DISTINCT file_sha256 FROM generated")
        #expect(digests.count == 8)
        #expect(try shop.rows("SELECT count(*) FROM sampling") == [[8]])
        #expect(try shop.rows("SELECT count(*) FROM sampling WHERE precision = 'bfloat16'") == [[1]])
        #expect(try shop.rows("SELECT count(*) FROM sampling WHERE precision IS NULL") == [[7]])
    }

    @Test func aDryRunOnlyTells() throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        let counts = try shop.counts()
        let output = try shop.succeed("generate", "--model", "starter:diffusion", "--per", "3", "--dry-run")
        #expect(output == "figment-generate: 30 images to make\n")
        let json = try shop.succeed("embed", "--model", "starter:diffusion", "--dry-run", "--json")
        #expect(json.contains("\"pending\":0"))
        #expect(try shop.counts() == counts)
    }
}
