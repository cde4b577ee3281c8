import Catalogs
import Diagnostics

/// What a score means: measure, model, class list and templates, as a row of `measurement`.
public struct Measurement {
    /// Its id in this catalog.
    public let id: Int
    /// Its uid.
    public let uid: String
    /// How many classes it tells apart, nil where it tells none.
    public let classes: Int?

    /// The newest measurement of a measure; it was recorded together with its first scores.
    ///
    /// - Throws: missingResource where nothing was measured by it.
    public static func latest(of measure: String, in catalog: Catalog) throws(Failure) -> Measurement {
        let found = try catalog.rows(
            """
            SELECT id, uid, (
                SELECT nullif(count(*), 0) FROM concept WHERE concept.vocabulary_id = measurement.vocabulary_id)
            FROM measurement WHERE measure = ? ORDER BY id DESC LIMIT 1
            """,
            [.text(measure)]
        ) { row in
            Measurement(id: row.integer(0), uid: row.text(1), classes: row.isNull(2) ? nil : row.integer(2))
        }
        guard let measurement = found.first else {
            throw Failure(
                .missingResource, "no image has been measured by '\(measure)'",
                hint: "Run 'figment score --measure \(measure) --model …' first.")
        }
        return measurement
    }
}
