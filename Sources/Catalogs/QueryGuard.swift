import CSQLite3
import SQLite

/// What SQL of a person's own is for.
public enum QueryPurpose: Sendable {
    /// A look at the catalog as it is now.
    case look
    /// A variant, whose answer must be the same in every catalog that has the same rows.
    case variant
}

/// What SQL of a person's own may do: read the catalog's tables and views, and call functions that only compute.
final class QueryGuard {
    /// What a statement tried that it may not.
    struct Refusal {
        /// What it does, as the rest of a sentence about it.
        let action: String
        /// Why it may not.
        var reason = "a query may only read"
        var hint = "Write one SELECT; rows are appended by the other commands only."
    }

    /// What the statement that is being prepared tried first.
    var refusal: Refusal?
    /// What the statement that is being prepared reads by itself, as "main.image".
    var tablesRead: Set<String> = []
    private let tables: Set<String>
    private let modules: Set<String>
    private let purpose: QueryPurpose

    /// - Parameters:
    ///   - tables: the tables and views that may be read, in lower case.
    ///   - modules: virtual tables, in lower case.
    init(reading tables: Set<String>, not modules: Set<String>, for purpose: QueryPurpose) {
        self.tables = tables.union(Self.tableFunctions).union(["sqlite_schema", "sqlite_master"])
        self.modules = modules.subtracting(Self.tableFunctions)
        self.purpose = purpose
    }

    /// Whether an action is on the list of what is allowed.
    func allows(_ action: Connection.Action) -> Bool {
        let refused = refusal(of: action)
        if action.code == SQLITE_READ, action.origin == nil, let database = action.database {
            tablesRead.insert("\(database).\(action.first ?? "")")
        }
        if refusal == nil { refusal = refused }
        return refused == nil
    }

    private func refusal(of action: Connection.Action) -> Refusal? {
        let first = action.first ?? ""
        let second = action.second ?? ""
        switch action.code {
        case SQLITE_SELECT, SQLITE_RECURSIVE: return nil
        case SQLITE_READ where tables.contains(first.lowercased()): return nil
        // Rows are counted without a look at any column, of a table or of what WITH has named.
        case SQLITE_READ where second.isEmpty && !modules.contains(first.lowercased()): return nil
        case SQLITE_PRAGMA where Self.pragmas.contains(first): return nil
        case SQLITE_FUNCTION where Self.functions.contains(second.lowercased()): return nil
        case SQLITE_FUNCTION where Self.changingFunctions.contains(second.lowercased()):
            guard purpose == .variant else { return nil }
            return Refusal(
                action: "calls the function \(second)",
                reason: "a variant must give the same answer on any machine at any time",
                hint: "Times are texts that sort: compare them as in started_at >= '2026-01-31'. "
                    + "For a lot that always falls the same way use stable_split.")
        default: return Refusal(action: Self.words(for: action.code, first, second))
        }
    }

    private static func words(for code: Int32, _ first: String, _ second: String) -> String {
        let isSchema = first.lowercased().hasPrefix("sqlite_")
        return switch code {
        case SQLITE_READ: "reads \(first), which is no table or view of the catalog"
        case SQLITE_FUNCTION: "calls the function \(second)"
        case SQLITE_PRAGMA: "sets or reads the pragma \(first)"
        case SQLITE_INSERT where isSchema, SQLITE_CREATE_INDEX...SQLITE_CREATE_VIEW: "adds to the schema"
        // SQLite lets nobody update the schema; but a virtual table is set up as if it were.
        case SQLITE_UPDATE where isSchema: "reads a virtual table, whose code may do anything"
        case SQLITE_DELETE where isSchema, SQLITE_DROP_INDEX...SQLITE_DROP_VIEW: "drops from the schema"
        case SQLITE_INSERT: "inserts into \(first)"
        case SQLITE_UPDATE: "updates \(first)"
        case SQLITE_DELETE: "deletes from \(first)"
        case SQLITE_ATTACH: "attaches a file"
        case SQLITE_DETACH: "detaches a file"
        case SQLITE_TRANSACTION: "opens or ends a transaction"
        case SQLITE_SAVEPOINT: "opens or ends a savepoint"
        case SQLITE_ALTER_TABLE: "alters the table \(second)"
        case SQLITE_REINDEX: "builds the index \(first) anew"
        case SQLITE_ANALYZE: "analyzes \(first)"
        default: "changes the schema or the file"
        }
    }

    /// The table-valued functions that may be used.
    static let tableFunctions = ["json_each", "json_tree"] + pragmas.sorted().map { "pragma_\($0)" }

    /// Pragmas that only tell about the schema, for their table-valued functions.
    private static let pragmas: Set = [
        "foreign_key_list", "index_info", "index_list", "index_xinfo", "table_info", "table_list",
        "table_xinfo",
    ]

    /// SQLite's functions without side effects whose answer follows from their arguments
    /// (https://sqlite.org/lang_corefunc.html and its neighbours), and ours.
    private static let functions = words(
        """
        abs char coalesce concat concat_ws format glob hex ifnull iif instr length like likelihood likely lower ltrim \
        max min nullif octet_length printf quote replace round rtrim sign soundex substr substring trim typeof unhex \
        unicode unlikely upper zeroblob
        avg count group_concat string_agg sum total
        row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
        acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi \
        pow power radians sin sinh sqrt tan tanh trunc
        json json_array json_array_length json_error_position json_extract json_group_array json_group_object \
        json_insert json_object json_patch json_quote json_remove json_replace json_set json_type json_valid -> ->>
        vector_cosine stable_split score_of
        """)

    /// Functions without side effects whose answer is another one tomorrow or elsewhere.
    ///
    /// A date function without
    /// arguments, or of 'now', is the present time, and 'localtime' depends on the machine.
    private static let changingFunctions = words(
        """
        changes last_insert_rowid random randomblob sqlite_version total_changes
        date time datetime julianday unixepoch strftime timediff current_date current_time current_timestamp
        """)

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
