import Arguments
import Catalogs
import Diagnostics
import JSONValues
import StageKit
import Texts

/// `figment variant show NAME`: its query, what it yields now, and what became of it before.
enum ShowCommand {
    private static let name = Argument<String>.positional("NAME", .text(), "the variant")

    static let syntax = CommandSyntax(
        "figment-variant show", "shows a variant's query, images and snapshots",
        [name] + VariantLimits.arguments + [CommonArguments.catalog, CommonArguments.json])

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
        let limits = VariantLimits.limits(arguments)
        let (groups, groupCount, count) = try Watchdog.guarding(seconds: limits.seconds) {
            () throws(Failure) in
            try Self.groups(of: variant, catalog.reader(for: .variant, limits: limits))
        }
        let snapshots = try Snapshot.all(ofVariantNamed: variant.name, in: catalog)
        guard !arguments[CommonArguments.json] else {
            let json: JSONValue = [
                "name": .string(variant.name), "uid": .string(variant.uid), "sql": .string(variant.sql),
                "replaced": .array(replaced.map { .string($0.uid) }), "images": .integer(count),
                "groups": .array(groups.map(\.json)), "group_count": .integer(groupCount),
                "snapshots": .array(snapshots.map(\.json)),
            ]
            StandardOutput.write(json: json)
            return .success
        }
        StandardOutput.write("\(variant.name) (\(variant.uid))\n")
        StandardOutput.write(TerminalText(linesOf: variant.sql, margin: "  "))
        StandardOutput.write("\(count) images now\n")
        for group in groups {
            StandardOutput.write("  \(group.split)  \(group.label ?? "no label")  \(group.count)\n")
        }
        if groupCount > groups.count {
            StandardOutput.write("  … and \(groupCount - groups.count) more labels\n")
        }
        for snapshot in snapshots { StandardOutput.write("\(snapshot.text)\n") }
        for earlier in replaced {
            StandardOutput.write("replaced \(earlier.uid)\n")
            StandardOutput.write(TerminalText(linesOf: earlier.sql, margin: "  "))
        }
        return .success
    }

    /// The largest groups, in the order of split and label; how many there are; and how many images.
    private static func groups(
        of variant: Variant, _ reader: CatalogReader
    ) throws(Failure) -> (shown: [Group], count: Int, images: Int) {
        var groups: [Group] = []
        var (count, images) = (0, 0)
        try reader.queryAll(
            """
            SELECT label, split, images, groups, all_images FROM (
                SELECT CAST(label AS TEXT) AS label, CAST(split AS TEXT) AS split, count(*) AS images,
                    count(*) OVER () AS groups, sum(count(*)) OVER () AS all_images
                FROM (\(Member.query(variant, reader))) GROUP BY 1, 2 ORDER BY images DESC, split, label
                LIMIT \(shownGroups))
            ORDER BY split, label
            """
        ) { row in
            groups.append(Group(label: row.optionalText(0), split: row.text(1), count: row.integer(2)))
            (count, images) = (row.integer(3), row.integer(4))
        }
        return (groups, count, images)
    }

    /// More labels than this are counted only: nobody reads them.
    private static let shownGroups = 10_000
}
