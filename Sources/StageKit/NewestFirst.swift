/// The order in which rows of one name, or of one measure, count.
///
/// Ids say in which order a catalog came to know its rows, and that is another in every catalog that shards are merged
/// into. So the time at which a row's run had started decides, and of equal times the uid.
public enum NewestFirst {
    /// The terms of an ORDER BY, the newest first; a definition that another took the place of comes after all others.
    public static func order(of table: String) -> String {
        let terms = [
            "(SELECT started_at FROM run WHERE run.id = \(table).run_id) DESC", "\(table).uid DESC",
        ]
        let isReplaced = "EXISTS (SELECT 1 FROM \(table) AS later WHERE later.replaces_id = \(table).id)"
        return ((replaceable.contains(table) ? [isReplaced] : []) + terms).joined(separator: ", ")
    }

    private static let replaceable: Set = ["filter_rule", "variant"]
}
