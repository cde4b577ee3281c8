import Arguments
import Catalogs

/// How much a variant's query may ask for.
enum VariantLimits {
    private static let timeLimit = Argument<Double>.option(
        "time-limit", .real(in: 0.001...1e6, placeholder: "SECONDS"), default: 600,
        "how long a query may run")
    private static let rowLimit = Argument<Int>.option(
        "row-limit", .integer(in: 1...), default: QueryLimits.usualRows, "how many images a query may yield")

    static let arguments: [any DeclaredArgument] = [timeLimit, rowLimit]

    /// What the command line allows.
    static func limits(_ arguments: ParsedArguments) -> QueryLimits {
        QueryLimits(seconds: arguments[timeLimit], rows: arguments[rowLimit])
    }
}
