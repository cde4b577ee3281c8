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

    /// A measurement of a measure: that with a uid, or the newest; it was recorded together with its first scores.
    ///
    /// - Throws: missingResource where nothing was measured by it.
    public static func find(
        _ measure: String, uid: String? = nil, in catalog: Catalog
    ) throws(Failure) -> Measurement {
        let found = try catalog.rows(
            """
            SELECT id, uid, (
                SELECT nullif(count(*), 0) FROM concept WHERE concept.vocabulary_id = measurement.vocabulary_id)
            FROM measurement WHERE measure = :measure AND uid = coalesce(:uid, uid)
            ORDER BY \(NewestFirst.order(of: "measurement")) LIMIT 1
            """,
            [":measure": .text(measure), ":uid": uid.map { .text($0) } ?? .null]
        ) { row in
            Measurement(id: row.integer(0), uid: row.text(1), classes: row.optionalInteger(2))
        }
        if let measurement = found.first { return measurement }
        if let uid {
            throw Failure(
                .missingResource, "no measurement of '\(measure)' has the uid \(uid)",
                hint: "'figment query \"SELECT uid, measure FROM measurement\"' shows all there are.")
        }
        throw Failure(
            .missingResource, "no image has been measured by '\(measure)'",
            hint: "Run 'figment score --measure \(measure) --model …' first.")
    }
}
