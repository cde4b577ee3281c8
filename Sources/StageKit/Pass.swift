import Catalogs
import Diagnostics

/// One walk over the ids of a table: which rows are to be worked on, and which of them are still to do.
///
/// A stage says it in SQL and has one pass or several: a second image of every conditioning is a second pass. The
/// conditions must never become untrue of a row whose work is done; since rows are never changed, they seldom can.
public struct Pass<Item: StageItem> {
    /// What tells its work from any other: the stage, and the uids of all that shapes its rows.
    let work: String
    private let id: String
    private let table: String
    private let joins: String
    private let columns: String
    private let condition: String
    private let choice: String?
    private let bindings: [String: SQLValue]
    private let item: (Row) throws(Failure) -> Item

    /// Describes a pass.
    ///
    /// - Parameters:
    ///   - work: what tells its work from any other: the stage, and the uids of all that shapes its rows.
    ///   - id: the id that is walked, `"image.id"`.
    ///   - table: the table whose id that is, `"image"`.
    ///   - joins: further tables that columns and condition need, none of which may make two rows of one.
    ///   - columns: what `item` is made of.
    ///   - condition: what is still to do, whoever has it in hand.
    ///   - choice: the id that `--from` chooses; nil where it is not asked.
    ///   - bindings: the values of the parameters in the SQL.
    ///   - item: makes an item of a row of `columns`.
    public init(
        work: String, over id: String, of table: String, joins: String = "", columns: String,
        where condition: String, choice: String?, _ bindings: [String: SQLValue],
        item: @escaping (Row) throws(Failure) -> Item
    ) {
        self.work = work
        self.id = id
        self.table = table
        self.joins = joins
        self.columns = columns
        self.condition = condition
        self.choice = choice
        self.bindings = bindings
        self.item = item
    }

    /// How many items are still to do behind an id, claimed or not.
    func count(after last: Int, _ scope: Scope, in catalog: Catalog) throws(Failure) -> Int {
        try catalog.integer(countSQL(scope), bindings.merging([":after": .integer(last)]) { $1 })
    }

    /// The next items behind an id that nobody holds a claim on, in the order of their ids.
    func items(
        after last: Int, limit: Int, _ scope: Scope, _ claims: Claims?, in catalog: Catalog
    ) throws(Failure) -> [Item] {
        var bindings = bindings
        bindings[":after"] = .integer(last)
        bindings[":limit"] = .integer(limit)
        bindings[":work"] = .text(work)
        if let claims { bindings.merge(claims.bindings) { $1 } }
        return try catalog.rows(itemsSQL(scope, areClaimed: claims != nil), bindings, item)
    }

    /// The id up to which nothing is left to do, given one that is known.
    func frontier(after last: Int, in catalog: Catalog) throws(Failure) -> Int {
        try catalog.integer(frontierSQL, bindings.merging([":after": .integer(last)]) { $1 })
    }

    // The walk is by rowid, from one id to the next: so `condition` must not offer a better index.

    func countSQL(_ scope: Scope) -> String { "SELECT count(*) \(source(scope))" }

    func itemsSQL(_ scope: Scope, areClaimed: Bool) -> String {
        """
        SELECT \(columns) \(source(scope)) \(areClaimed ? "AND \(Claims.free(id))" : "")
        ORDER BY \(scope == .chosen && choice == id ? "chosen.id" : id) LIMIT :limit
        """
    }

    var frontierSQL: String {
        """
        SELECT coalesce(
            (SELECT \(id) \(source(.all)) ORDER BY \(id) LIMIT 1) - 1, (SELECT max(\(id)) FROM \(table)), 0)
        """
    }

    private func source(_ scope: Scope) -> String {
        let everything = "FROM \(table) \(joins) WHERE \(id) > :after AND \(condition)"
        guard let choice, scope == .chosen else { return everything }
        guard choice == id else { return "\(everything) AND +\(choice) IN (SELECT id FROM temp.chosen)" }
        // What was not chosen is not even walked past: the frontier stays before the first of it.
        return """
            FROM temp.chosen CROSS JOIN \(table) ON \(id) = chosen.id \(joins)
            WHERE chosen.id > :after AND \(condition)
            """
    }
}

/// What a run works on.
enum Scope: Hashable {
    /// All that is pending.
    case all
    /// What `--from` chose.
    case chosen
}
