import Arguments
import Catalogs
import Diagnostics
import StageKit

/// `figment audit caption|concept|model|run WORD`: everything that rests on one row.
struct DownstreamCommand {
    private static let word = Argument<String>.positional(
        "NAME", .text(), "an id, a uid or the first 6 or more digits of it, or a name")
    private static let limit = Argument<Int>.option(
        "limit", .integer(in: 0...1_000_000), default: 20, "how many of each kind the text shows")

    let kind: Kind
    /// SQL expressions that may be what it is called.
    let names: [String]
    let syntax: CommandSyntax

    init(_ kind: Kind, names: [String], _ summary: String, discussion: String) {
        self.kind = kind
        self.names = names
        syntax = CommandSyntax(
            "figment-audit \(kind.table)", summary,
            discussion: discussion + " Counts come first; --json has the uid of everything.",
            [Self.word, Self.limit, CommonArguments.catalog, CommonArguments.json])
    }

    static let caption = DownstreamCommand(
        .caption, names: ["text"], "shows what rests on a caption",
        discussion: """
            Which conditionings, images, snapshots, exports and trained models came of it, through however many steps. \
            NAME may be the caption's text.
            """)
    static let concept = DownstreamCommand(
        .concept, names: ["name", "key"], "shows what rests on a class",
        discussion: """
            Which captions, conditionings, images, snapshots, exports and trained models came of it. NAME may be the \
            class's name or key.
            """)
    static let model = DownstreamCommand(
        .model, names: ["name", "weights_sha256"], "shows what rests on a checkpoint",
        discussion: """
            By the role it played: captioner, text encoder, finder of conditionings, generator, scorer, embedder. NAME \
            may be the model's name or its weights' SHA-256.
            """)
    static let run = DownstreamCommand(
        .run, names: [], "shows what rests on one invocation of a program",
        discussion: "What it made, and the images that it judged, with all that came of them.")

    static let all = [caption, concept, model, run]

    func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let subject = try Subject.find(arguments[Self.word], kind, names: names, in: catalog)
        let report = try DownstreamReport(of: subject, in: catalog)
        if arguments[CommonArguments.json] {
            StandardOutput.write(json: try report.json(in: catalog))
        } else {
            StandardOutput.write(try report.text(limit: arguments[Self.limit], in: catalog))
        }
        return .success
    }
}
