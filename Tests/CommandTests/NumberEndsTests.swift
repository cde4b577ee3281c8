import TestSupport
import Testing

/// Numbers at the ends of their ranges make rows that a check finds sound.
struct NumberEndsTests {
    @Test func endsOfRangesMakeSoundRows() throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        func generate(_ words: String...) throws -> String {
            let usual = ["generate", "--model", "starter:diffusion", "--per", "1", "--limit", "1"]
            let command = try shop.figment(
                usual + (words.contains("--steps") ? [] : ["--steps", "1"]) + words)
            #expect(command.status == 0, "\(words): \(command.errors)")
            #expect(try shop.damage() == "", "\(words)")
            return command.output
        }
        for words in [
            ["--guidance", "-0"], ["--guidance", "100"], ["--eta", "-0"], ["--eta", "1"], ["--steps", "999"],
            ["--seed", "9007199254740992"], ["--size", "8x8"],
        ] {
            #expect(try generate(words[0], words[1]).contains("1 images recorded"), "\(words)")
        }
        // -0 is 0: nothing is left to make.
        #expect(try generate("--guidance", "0").contains("1 images recorded"))
        #expect(try shop.rows("SELECT count(DISTINCT guidance) FROM sampling WHERE guidance = 0") == [[1]])

        try shop.succeed(
            "score", "--model", "starter:clip", "--measure", "clip-confidence", "--templates", "wardrobe")
        for (number, threshold) in ["-0.0", "-0", "0", "1e308", "-1e308", "5e-324"].enumerated() {
            try shop.folder.write(
                "rule.json",
                #"{"name": "r\#(number)", "measure": "clip-confidence", "keep": "above", "threshold": \#(threshold)}"#
            )
            try shop.succeed("filter", "--rule", "rule.json")
        }
        #expect(try shop.damage() == "")

        for (number, weight) in ["-0.0", "-0", "5e-324", "1e308"].enumerated() {
            let name = "v\(number)"
            try shop.succeed(
                "variant", "define", name, "SELECT id AS image_id, \(weight) AS weight FROM image")
            try shop.succeed("variant", "freeze", name)
            #expect(try shop.damage() == "", "weight \(weight)")
        }

        try shop.folder.write("list.csv", "name,weight\na,-0\nb,-0.0\nc,5e-324\nd,1e308\ne,0\n")
        try shop.succeed("import", "concepts", "list.csv")
        #expect(try shop.damage() == "")
    }

    @Test(arguments: ["nan", "inf", "-inf", "1e999", "-1", "101", "0x", ""])
    func whatIsOutsideIsRefused(guidance: String) throws {
        let shop = try Workshop(copying: Prepared.embedded.get())
        let words = ["generate", "--model", "starter:diffusion", "--guidance=\(guidance)"]
        #expect(try shop.figment(words).status == 64)
    }
}
