import Arguments
import Catalogs
import Diagnostics
import Digests
import JSONValues
import StageKit

/// `figment variant define NAME SQL`: a name for a query that yields images.
enum DefineCommand {
    private static let name = Argument<String>.positional("NAME", .text(), "what to call it")
    private static let sql = Argument<String>.positional("SQL", .text(), "a SELECT that yields image_id")

    static let syntax = CommandSyntax(
        "figment-variant define", "gives a name to a query",
        discussion: """
            The query must yield image_id, and may yield label, split, weight and soft_target; other columns are \
            refused. Without them the label is the concept's key, the split that of the image, else train, and \
            the weight 1. A name may be defined anew; its newest definition counts. \
            The same rows must give the same answer on any machine at any time, so functions such as random() or \
            date() are refused; write ORDER BY uid, not id, under a LIMIT.
            """,
        [name, sql] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let name = arguments[Self.name]
        let sql = arguments[Self.sql]
        guard name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }) else {
            throw Failure(
                .usage, "'\(name)' cannot name a variant", hint: "Use letters, digits, '-', '_' and '.'.")
        }
        let session = try Session("figment-variant", arguments)
        try VariantColumns.check(session.catalog.reader(for: .variant).columns(of: sql))
        let present = try Variant.all(in: session.catalog).first { $0.name == name }
        let isKnown = present?.sql == sql
        // What it replaces is a part of it: so a definition that was replaced can be made the newest again.
        let replaced = present.map { JSONValue.string($0.uid) } ?? .null
        let uid = UID(
            of: "variant", [("name", .string(name)), ("replaces", replaced), ("sql", .string(sql))])
        if !isKnown {
            _ = try session.write { run throws(Failure) in
                try session.catalog.append(
                    "variant", uid,
                    [
                        "name": .text(name), "sql": .text(sql), "run_id": .integer(run.id),
                        "replaces_id": present.map { .integer($0.id) } ?? .null,
                    ])
            }
        }
        try session.note(.finished, appended: isKnown ? 0 : 1)
        try session.close()
        let shown = isKnown ? present?.uid ?? "" : uid.hex
        let json: JSONValue = ["variant": .string(shown), "new": .boolean(!isKnown)]
        if arguments[CommonArguments.json] {
            StandardOutput.write(json: json)
        } else {
            StandardOutput.write(
                "variant '\(name)' \(isKnown ? "is defined so already" : "defined") (\(shown))\n")
        }
        return .success
    }
}
