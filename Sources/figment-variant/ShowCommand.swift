import Arguments
import Catalogs
import Diagnostics
import JSONValues
import StageKit

/// `figment variant show NAME`: its query, what it yields now, and what became of it before.
enum ShowCommand {
    private static let name = Argument<String>.positional("NAME", .text(), "the variant")
    private static let timeLimit = Argument<Double>.option(
        "time-limit", .real(in: 0.001...1e6, placeholder: "SECONDS"), default: 600,
        "how long the query may run")

    static let syntax = CommandSyntax(
        "figment-variant show", "shows a variant's query, images and snapshots",
        [name, timeLimit, CommonArguments.catalog, CommonArguments.json])

    /// The members with the same label and split.
    private struct Group {
        let label: String?
        let split: String
        let count: Int

        var json: JSONValue {
            [
                "label": label.map { .string($0) } ?? .null, "split": .string(split),
                "images": .integer(count),
            ]
        }
    }

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let variant = try Variant.find(arguments[name], in: catalog)
        let replaced = try variant.replaced(in: catalog)
        let limits = QueryLimits(seconds: arguments[timeLimit])
        let groups = try Watchdog.guarding(seconds: limits.seconds) { () throws(Failure) -> [Group] in
            try Self.groups(of: variant, catalog.reader(for: .variant, limits: limits))
        }
        let count = groups.reduce(0) { $0 + $1.count }
        let snapshots = try Snapshot.all(ofVariantNamed: variant.name, in: catalog)
        guard !arguments[CommonArguments.json] else {
            let json: JSONValue = [
                "name": .string(variant.name), "uid": .string(variant.uid), "sql": .string(variant.sql),
                "replaced": .array(replaced.map { .string($0.uid) }), "images": .integer(count),
                "groups": .array(groups.map(\.json)),
                "snapshots": .array(snapshots.map(\.json)),
            ]
            StandardOutput.write(json.text + "\n")
            return .success
        }
        StandardOutput.write("\(variant.name) (\(variant.uid))\n\(variant.sql)\n\(count) images now\n")
        for group in groups {
            StandardOutput.write("  \(group.split)  \(group.label ?? "no label")  \(group.count)\n")
        }
        for snapshot in snapshots { StandardOutput.write("\(snapshot.text)\n") }
        for earlier in replaced { StandardOutput.write("replaced \(earlier.uid): \(earlier.sql)\n") }
        return .success
    }

    private static func groups(of variant: Variant, _ reader: CatalogReader) throws(Failure) -> [Group] {
        var groups: [Group] = []
        try reader.query(
            """
            SELECT CAST(label AS TEXT), CAST(split AS TEXT), count(*) FROM (\(Member.query(variant, reader)))
            GROUP BY label, split ORDER BY split, label
            """
        ) { row in
            groups.append(Group(label: row.optionalText(0), split: row.text(1), count: row.integer(2)))
            return true
        }
        return groups
    }
}
