import Arguments
import Catalogs
import Diagnostics
import Files
import StageKit

/// `figment query SQL`: one question, read-only, with limits on time, rows and space.
enum QueryCommand {
    private static let sql = Argument<String?>.optionalPositional("SQL", .text(), "a SELECT")
    private static let file = Argument<String?>.optional("file", .path("FILE"), "read the SQL from a file")
    private static let format = Argument<ResultFormat>.option(
        "format", .choice(of: ResultFormat.self), default: .table, "how to write the answer")
    private static let timeLimit = Argument<Double>.option(
        "time-limit", .real(in: 0.001...1e6, placeholder: "SECONDS"), default: 60, "how long it may run")
    private static let rowLimit = Argument<Int>.option(
        "limit", .integer(in: 1...), default: QueryLimits.usualRows, "stop after so many rows, and say so")
    private static let memoryLimit = Argument<Int>.option(
        "memory-limit", .integer(in: 1...1_000_000, placeholder: "MIB"), default: 384,
        "how much memory it may take")
    private static let spaceLimit = Argument<Int>.option(
        "space-limit", .integer(in: 1...1_000_000, placeholder: "MIB"), default: 8_192,
        "how much it may put aside in temporary files")

    static let syntax = CommandSyntax(
        "figment-query", "answers an SQL question",
        discussion: """
            Only reading is possible: statements that write, attach files or load code are refused by name. \
            The functions vector_cosine(a, b), stable_split(uid, 'train:0.9,validation:0.1') and \
            score_of(image_id, measure) are there besides SQLite's own. For the tables see schema/catalog.md; \
            for people there are the views generated, kept, rejected, latest_score, latest_decision and lineage. \
            Questions worth asking are files in tools/queries, or share/figment/queries where Figment is installed.
            """,
        [sql, file, format, timeLimit, rowLimit, memoryLimit, spaceLimit, CommonArguments.catalog])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let text = try question(arguments)
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let limits = QueryLimits(
            seconds: arguments[timeLimit], rows: arguments[rowLimit],
            memoryBytes: arguments[memoryLimit] << 20, temporaryBytes: arguments[spaceLimit] << 20)
        let reader = try catalog.reader(limits: limits)
        var writer = try arguments[format].writer(columns: reader.columns(of: text))
        var count = 0
        let isWhole = try Watchdog.guarding(seconds: limits.seconds) { () throws(Failure) in
            try reader.query(text) { row in
                guard !StandardOutput.isLost else { return false }
                count += 1
                writer.append(row)
                return true
            }
        }
        writer.finish(count: count)
        if !isWhole { StandardError.write("figment-query: only the first \(limits.rows) rows are shown\n") }
        return .success
    }

    private static func question(_ arguments: ParsedArguments) throws(Failure) -> String {
        switch (arguments[sql], arguments[file]) {
        case (let sql?, nil): return sql
        case (nil, let path?):
            guard let text = String(validating: try InputFile(path).bytes(limit: 1_000_000), as: UTF8.self)
            else { throw Failure(.badInput, "\(path) is not UTF-8", hint: "Save it as UTF-8.") }
            return text
        default:
            throw Failure(
                .usage, "give one question: SQL, or --file FILE", hint: "See 'figment query --help'.")
        }
    }
}
