import Catalogs
import Diagnostics
import Digests
import Files
import ImageCodecs
import Texts

/// An image of a report and what is said of it.
struct ReportEntry {
    let uid: UID
    /// What its file is called beside the page.
    let file: FileName
    /// Columns and rows, as its row states them.
    let size: (width: Int, height: Int)
    let sha256: String
    let pack: Int
    let concept: String
    let caption: String
    let seed: Int?
    /// Nil where no rule has decided.
    let isKept: Bool?
    let reasons: String

    /// More than these nobody looks through, and no browser shows.
    private static let countLimit = 100_000

    /// The images that a query yields, by class, at most `perClass` of each.
    static func chosen(by sql: String, perClass: Int, in catalog: Catalog) throws(Failure) -> [ReportEntry] {
        var counts: [Int: Int] = [:]
        var entries: [(concept: Int, entry: ReportEntry)] = []
        for image in try catalog.chosenIDs(by: sql) {
            let concept = try catalog.integer("SELECT concept_id FROM image WHERE id = ?", [.integer(image)])
            guard counts[concept, default: 0] < perClass else { continue }
            guard entries.count < countLimit else {
                throw Failure(
                    .badInput, "there are more than \(countLimit) images to show",
                    hint: "Choose some with --from, or fewer of each class with --per-class.")
            }
            let rows = try catalog.rows(
                """
                SELECT image.uid, format, file_sha256, pack_id, substr(coalesce(concept.name, ''), 1, :length),
                    substr(coalesce(caption.text, ''), 1, :length), generation.seed, (
                        SELECT min(verdict = 'kept') FROM latest_decision WHERE latest_decision.image_id = image.id), (
                        SELECT substr(group_concat(reason, '; '), 1, :length) FROM latest_decision
                        WHERE latest_decision.image_id = image.id), image.width, image.height
                FROM image LEFT JOIN concept ON concept.id = image.concept_id
                LEFT JOIN caption ON caption.id = image.caption_id
                LEFT JOIN generation ON generation.id = image.generation_id WHERE image.id = :image
                """, [":image": .integer(image), ":length": .integer(TerminalText.usualLimit)]
            ) { row throws(Failure) in
                guard let uid = UID(hex: row.text(0)), let format = ImageFile.Format(rawValue: row.text(1)),
                    let file = FileName("\(uid).\(format.rawValue)")
                else {
                    throw Failure(
                        .catalog,
                        "image \(image) has the uid '\(row.text(0))' and the format '\(row.text(1))'",
                        hint: "Run 'figment check'.")
                }
                return ReportEntry(
                    uid: uid, file: file, size: (row.integer(9), row.integer(10)), sha256: row.text(2),
                    pack: row.integer(3), concept: row.text(4), caption: row.text(5),
                    seed: row.optionalInteger(6), isKept: row.optionalInteger(7).map { $0 == 1 },
                    reasons: row.optionalText(8) ?? "")
            }
            guard let entry = rows.first else { continue }
            counts[concept, default: 0] += 1
            entries.append((concept, entry))
        }
        // A stable order: by class, then as the query had them.
        return entries.enumerated().sorted {
            ($0.element.concept, $0.offset) < ($1.element.concept, $1.offset)
        }
        .map(\.element.entry)
    }
}
