import Arguments
import Catalogs
import Diagnostics
import StageKit

/// `figment query SQL`: one question, read-only, with limits on time and rows.
enum QueryCommand {
    private static let sql = Argument<String>.positional("SQL", .text(), "a SELECT")
    private static let format = Argument<ResultFormat>.option(
        "format", .choice(of: ResultFormat.self), default: .table, "how to write the answer")
    private static let timeLimit = Argument<Double>.option(
        "time-limit", .real(in: 0.001...1e6, placeholder: "SECONDS"), default: 60, "how long it may run")
    private static let rowLimit = Argument<Int?>.optional(
        "limit", .integer(in: 1...), "stop after so many rows, and say so")

    static let syntax = CommandSyntax(
        "figment-query", "answers an SQL question",
        discussion: """
            Only reading is possible: statements that write, attach files or load code are refused by name. \
            The functions vector_cosine(a, b), stable_split(uid, 'train:0.9,validation:0.1') and \
            score_of(image_id, measure) are there besides SQLite's own. For the tables see schema/catalog.md; \
            for people there are the views generated, kept, rejected, latest_score, latest_decision and lineage.
            """,
        [sql, format, timeLimit, rowLimit, CommonArguments.catalog])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let reader = try catalog.reader(limits: QueryLimits(seconds: arguments[timeLimit]))
        var writer = ResultWriter(arguments[format], columns: try reader.columns(of: arguments[sql]))
        let limit = arguments[rowLimit] ?? .max
        var isCut = false
        try reader.query(arguments[sql]) { _, row throws(Failure) in
            isCut = writer.count == limit
            if !isCut { writer.append(row) }
            return !isCut && !StandardOutput.isLost
        }
        writer.finish()
        if isCut { StandardError.write("figment-query: only the first \(limit) rows are shown\n") }
        return .success
    }
}
