import Catalogs
import SQLite
import Testing

/// A conditioning that cannot be what its row says is refused by itself, and every image of the others is made.
struct BadConditioningTests {
    @Test(arguments: [
        ("tokens = 1 << 40, width = 1 << 40", "is not 1099511627776 × 1099511627776 finite numbers"),
        ("tokens = width, width = tokens", "is 128 × 28, and those of this model are 28 × 128"),
    ]) func keepsNoImageOfOthersBack(change: String, reason: String) throws {
        let shop = try Workshop(copying: try Prepared.embedded.get())
        try Connection(shop.catalog, .readWrite).change(
            "conditioning", "\(change) WHERE id = 5 AND kind = 'text'")
        let words = ["generate", "--model", "starter:diffusion", "--steps", "1", "--per", "1"]
        let command = try shop.figment(words)
        #expect(command.output.contains("1 refused"), "\(command.output) \(command.errors)")
        #expect(try shop.imageDigests().count == 9)
        let reasons = try shop.rows("SELECT reason FROM refusal WHERE stage = 'generate'")
        #expect(reasons.count == 1)
        #expect("\(reasons)".contains(reason), "\(reasons)")
        #expect(try shop.figment(words).output.contains("nothing to do"))
    }
}
