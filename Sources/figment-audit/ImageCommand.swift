import Arguments
import Catalogs
import Diagnostics
import StageKit

/// `figment audit image IMAGE`: the whole chain behind one image.
enum ImageCommand {
    private static let image = Argument<String>.positional(
        "IMAGE", .text(), "the image's id, its uid, or the first 6 or more characters of its uid")

    static let syntax = CommandSyntax(
        "figment-audit image", "shows the whole chain behind one image",
        discussion: """
            Concept and caption, conditioning, generation with its seed, the model down to the SHA-256 of its \
            weights, scores, decisions with value, threshold and reason, the snapshots and exports it is in, and \
            the runs that recorded each.
            """,
        [image, CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let id = try find(arguments[image], in: catalog)
        let chain = try ImageChain(of: id, in: catalog)
        StandardOutput.write(
            arguments[CommonArguments.json] ? chain.json.text + "\n" : AuditText(chain.sections).text)
        return .success
    }

    /// The id of the image that a word names.
    ///
    /// - Throws: missingResource where there is none, usage where a beginning fits several.
    static func find(_ word: String, in catalog: Catalog) throws(Failure) -> Int {
        let isHex = word.allSatisfy { $0.isHexDigit && !$0.isUppercase }
        var found: [Int] = []
        if isHex, (6...32).contains(word.count) {
            // A uid's beginning is a range of texts: hex digits sort before "g".
            found = try catalog.rows(
                "SELECT id FROM image WHERE uid >= ? AND uid < ? LIMIT 2", [.text(word), .text(word + "g")]
            ) { $0.integer(0) }
            if found.count > 1 {
                throw Failure(.usage, "several images' uids begin with '\(word)'", hint: "Give more of it.")
            }
        }
        if found.isEmpty, let number = Int(word) {
            found = try catalog.rows("SELECT id FROM image WHERE id = ?", [.integer(number)]) {
                $0.integer(0)
            }
        }
        guard let id = found.first else {
            throw Failure(
                .missingResource, "there is no image '\(word)'",
                hint:
                    "Give an id or a uid, for instance of figment query \"SELECT image_id, uid FROM generated LIMIT 5\"."
            )
        }
        return id
    }
}
