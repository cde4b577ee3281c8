import Arguments
import Diagnostics

/// The arguments that mean the same in every program.
public enum CommonArguments {
    /// `--catalog FILE`, else `$FIGMENT_CATALOG`, else `catalog.sqlite`.
    public static let catalog = Argument<String?>.optional(
        "catalog", .path("FILE"), "the catalog (default: $FIGMENT_CATALOG, else catalog.sqlite)")
    /// `--root NAME=DIR`.
    public static let root = Argument<[RootFolder]>.repeated(
        "root", RootFolder.format, "record paths in DIR as NAME:PATH")
    /// `--record-host`.
    public static let recordHost = Argument<Bool>.flag(
        "record-host", "record this machine's name, the process, and paths in full")
    /// What every command takes that records a run.
    public static let recording: [any DeclaredArgument] = [catalog, root, recordHost, json]
    /// `--json`.
    public static let json = Argument<Bool>.flag("json", "write the result as JSON")
    /// `--seed N`.
    public static let seed = Argument<Int>.option(
        "seed", .integer(in: 0...1 << 53), default: 0, "what everything random is drawn from")
    /// `--threads N`.
    public static let threads = Argument<Int?>.optional(
        "threads", .integer(in: 1...1_024), "how many processor cores to use (default: all)")
    /// `--limit N`.
    public static let limit = Argument<Int?>.optional(
        "limit", .integer(in: 0...Int(Int32.max)), "stop after so many items")
    /// `--batch N`.
    public static let batch = Argument<Int?>.optional(
        "batch", .integer(in: 1...100_000), "record so many items at a time")
    /// `--dry-run`.
    public static let dryRun = Argument<Bool>.flag("dry-run", "only say how much there is to do")
    /// `--from SQL`.
    public static let from = Argument<String?>.optional(
        "from", .text("SQL"), "a SELECT of the ids to work on (default: all that is pending)")

    /// The arguments that every stage takes besides its own.
    static let stage: [any DeclaredArgument] = [from, limit, batch, threads, dryRun] + recording

    /// The catalog's path that the arguments and the environment ask for.
    public static func catalogPath(_ arguments: ParsedArguments) throws(Failure) -> String {
        if let path = arguments[catalog] { return path }
        return try Program.variable("FIGMENT_CATALOG") ?? "catalog.sqlite"
    }
}

extension ParsedArguments {
    /// The seed, where the command takes one.
    func seed(ifDeclaredBy syntax: CommandSyntax) -> Int? {
        let declares = syntax.arguments.contains { $0.usage.name == CommonArguments.seed.usage.name }
        return declares ? self[CommonArguments.seed] : nil
    }
}
