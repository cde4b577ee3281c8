import CSQLite3
import SQLite

/// What SQL of a person's own may do: read tables, and call functions that only compute.
final class QueryGuard {
    /// What was refused first, in words.
    private(set) var refusal: String?

    /// Whether an action is on the list of what is allowed.
    func allows(_ action: Connection.Action) -> Bool {
        switch action.code {
        case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return true
        case SQLITE_FUNCTION where Self.functions.contains(action.second?.lowercased() ?? ""): return true
        case SQLITE_PRAGMA where Self.pragmas.contains(action.first ?? ""): return true
        default:
            if refusal == nil { refusal = Self.words(for: action) }
            return false
        }
    }

    private static func words(for action: Connection.Action) -> String {
        let first = action.first ?? ""
        return switch action.code {
        case SQLITE_FUNCTION: "calls the function \(action.second ?? "")"
        case SQLITE_PRAGMA: "sets or reads the pragma \(first)"
        case SQLITE_INSERT: "inserts into \(first)"
        case SQLITE_UPDATE: "updates \(first)"
        case SQLITE_DELETE: "deletes from \(first)"
        case SQLITE_ATTACH: "attaches a file"
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT: "opens a transaction"
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

    /// SQLite's functions without side effects (https://sqlite.org/lang_corefunc.html and its neighbours), and ours.
    private static let functions = Set(
        """
        abs changes char coalesce concat concat_ws format glob hex ifnull iif instr last_insert_rowid length like \
        likelihood likely lower ltrim max min nullif octet_length printf quote random replace round rtrim sign \
        soundex sqlite_version substr substring total_changes trim typeof unhex unicode unlikely upper zeroblob \
        randomblob
        date time datetime julianday unixepoch strftime timediff current_date current_time current_timestamp
        avg count group_concat string_agg sum total
        row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
        acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi \
        pow power radians sin sinh sqrt tan tanh trunc
        json json_array json_array_length json_error_position json_extract json_group_array json_group_object \
        json_insert json_object json_patch json_quote json_remove json_replace json_set json_type json_valid -> ->>
        vector_cosine stable_split score_of
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}
