import Arguments
import Catalogs
import Diagnostics
import JSONValues
import StageKit

/// `figment variant diff A B`: which images two variants or snapshots do not share.
enum DiffCommand {
    private static let first = Argument<String>.positional("A", .text(), "a variant, or a snapshot's uid")
    private static let second = Argument<String>.positional("B", .text(), "another")
    private static let limit = Argument<Int>.option(
        "limit", .integer(in: 0...), default: 10, "how many images of each kind to name")

    static let syntax = CommandSyntax(
        "figment-variant diff", "compares two variants or snapshots",
        discussion: """
            A variant stands for its query's present answer, a snapshot (its uid, or the first eight digits or more \
            of it) for its frozen one. The exit status is 0 where they are the same, 1 where they are not.
            """,
        [first, second, limit] + VariantLimits.arguments + [CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let limits = VariantLimits.limits(arguments)
        let reader = try catalog.reader(for: .variant, limits: limits)
        let names = NameTable()
        let memberships = try reader.reading { () throws(Failure) in
            var memberships: [Membership] = []
            for operand in [arguments[first], arguments[second]] {
                memberships.append(
                    try during("reading '\(operand)'") { () throws(Failure) in
                        let sql = try query(operand, catalog, reader)
                        return try Watchdog.guarding(seconds: limits.seconds) { () throws(Failure) in
                            try Membership(sql, reader, names)
                        }
                    })
            }
            return memberships
        }
        let difference = MembershipDifference(memberships[0], memberships[1])
        let report = DifferenceReport(difference, names: names.names, limit: arguments[limit], catalog)
        if arguments[CommonArguments.json] {
            StandardOutput.write(json: try report.json())
        } else {
            StandardOutput.write(try report.text(arguments[first], arguments[second]))
        }
        return difference.isEmpty ? .success : .found
    }

    /// The members of a variant, else of a snapshot.
    private static func query(
        _ operand: String, _ catalog: Catalog, _ reader: CatalogReader
    ) throws(Failure) -> String {
        do {
            return try Member.query(try Variant.find(operand, in: catalog), reader)
        } catch {
            guard error.kind == .missingResource else { throw error }
            let snapshots = try catalog.rows(
                "SELECT id FROM snapshot WHERE substr(uid, 1, ?) = ?",
                [.integer(operand.utf8.count), .text(operand)]
            ) { $0.integer(0) }
            guard operand.utf8.count >= 8, let snapshot = snapshots.first else { throw error }
            guard snapshots.count == 1 else {
                throw Failure(
                    .usage, "\(snapshots.count) snapshots begin with '\(operand)'",
                    hint: "Give more of the uid; 'figment variant list' shows them.")
            }
            return Member.query(snapshotID: snapshot)
        }
    }
}
