import Arguments
import Catalogs
import Diagnostics
import StageKit

/// `figment audit snapshot A [B]`: what a snapshot is, or what differs between two and why.
enum SnapshotCommand {
    private static let names = Argument<[String]>.positionals(
        "SNAPSHOT", .text(), atLeast: 1,
        "a variant's name (its newest snapshot), or a snapshot's uid or id; one or two")
    private static let limit = Argument<Int>.option(
        "limit", .integer(in: 0...1_000_000), default: 20, "how many images of each kind the text shows")

    static let syntax = CommandSyntax(
        "figment-audit snapshot", "shows what a snapshot is, or why two differ",
        discussion: """
            Of one: its query, the catalog's revision, counts by split and label, the digest recomputed from its \
            members, its exports and trainings; exit status 1 says that the digest is another.
            Of two: which images came and went or changed label, split, weight or soft target, and for each the rows \
            that say why: the image is newer, a rule's verdict or a score is another, or the query.
            """,
        [names, limit, CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let words = arguments[names]
        guard words.count <= 2 else {
            throw Failure(
                .usage, "\(words.count) snapshots are too many", hint: "Name one, or two to compare.")
        }
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let isJSON = arguments[CommonArguments.json]
        let before = try SnapshotRecord.find(words[0], in: catalog)
        guard words.count == 2 else {
            if isJSON { StandardOutput.write(json: before.json) } else { StandardOutput.write(before.text) }
            return before.isIntact ? .success : .found
        }
        let after = try SnapshotRecord.find(words[1], in: catalog)
        let difference = try SnapshotDifference(from: before, to: after, in: catalog)
        if isJSON {
            StandardOutput.write(json: difference.json)
        } else {
            StandardOutput.write(difference.text(limit: arguments[limit]))
        }
        return before.isIntact && after.isIntact ? .success : .found
    }
}
