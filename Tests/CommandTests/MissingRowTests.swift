import Catalogs
import Foundation
import SQLite
import TestSupport
import Testing

/// A row that others refer to and that is gone is damage, and every program says so.
struct MissingRowTests {
    private static let questions = [
        "audit image GENERATED", "audit image GENERATED --json", "audit image GENERATED --format prov",
        "audit image GENERATED --rederive", "audit snapshot kept", "audit snapshot all kept",
        "audit caption 1",
        "audit run 1", "audit model 1", "audit export shards", "variant show kept", "variant diff all kept",
        "export all again", "report pages", "status", "generate --model starter:diffusion --per 2 --steps 1",
        "score --model starter:clip --measure clip-confidence --templates wardrobe",
        "filter --rule rule.json",
        "split 2 --for generate --per 3", "backup copy.sqlite",
    ]

    @Test(arguments: [
        "run", "pack", "model", "vocabulary", "concept", "prompt_template", "caption", "conditioning",
        "sampling",
        "generation", "image", "measurement", "score", "filter_rule", "variant", "snapshot", "export",
    ])
    func isDamageAndNoFaultOfOurs(table: String) throws {
        let shop = try Workshop(copying: Spine.finished.get())
        try FileManager.default.copyItem(
            atPath: Spine.finished.get().folder.path("rule.json"), toPath: shop.folder.path("rule.json"))
        let generated = try shop.rows("SELECT uid FROM generated LIMIT 1")[0][0].json.string ?? ""
        try Connection(shop.catalog, .readWrite).deleteRows(of: table)
        #expect(try shop.figment("check").status == 1)
        for question in Self.questions {
            let words = question.split(separator: " ").map { $0 == "GENERATED" ? generated : String($0) }
            let command = try shop.figment(words)
            #expect(
                [0, 1, 64, 65, 66, 78].contains(command.status),
                "\(question): \(command.status) \(command.errors)")
        }
    }
}
