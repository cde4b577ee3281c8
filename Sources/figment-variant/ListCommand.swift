import Arguments
import Catalogs
import Diagnostics
import JSONValues
import StageKit

/// `figment variant list`: every variant and its snapshots.
enum ListCommand {
    static let syntax = CommandSyntax(
        "figment-variant list", "shows every variant and its snapshots",
        [CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let variants = try Variant.all(in: catalog)
        for variant in variants {
            let snapshots = try Snapshot.all(ofVariantNamed: variant.name, in: catalog)
            if arguments[CommonArguments.json] {
                let json: JSONValue = [
                    "name": .string(variant.name), "uid": .string(variant.uid), "sql": .string(variant.sql),
                    "snapshots": .array(snapshots.map(\.json)),
                ]
                StandardOutput.write(json: json)
            } else {
                StandardOutput.write("\(variant.name)\n")
                for snapshot in snapshots { StandardOutput.write("  \(snapshot.text)\n") }
            }
        }
        if variants.isEmpty, !arguments[CommonArguments.json] { StandardOutput.write("no variants yet\n") }
        return .success
    }
}

/// A frozen answer, as it is listed.
struct Snapshot {
    let uid: String
    let count: Int
    let digest: String
    let frozenAt: String

    static func all(ofVariantNamed name: String, in catalog: Catalog) throws(Failure) -> [Snapshot] {
        try catalog.rows(
            """
            SELECT snapshot.uid, item_count, digest, run.started_at FROM snapshot
            JOIN variant ON variant.id = variant_id JOIN run ON run.id = snapshot.run_id
            WHERE variant.name = ? ORDER BY snapshot.id
            """,
            [.text(name)]
        ) { row in
            Snapshot(uid: row.text(0), count: row.integer(1), digest: row.text(2), frozenAt: row.text(3))
        }
    }

    var text: String { "snapshot \(uid)  \(count) images  frozen \(frozenAt)  digest \(digest.prefix(16))…" }

    var json: JSONValue {
        [
            "uid": .string(uid), "items": .integer(count), "digest": .string(digest),
            "frozen": .string(frozenAt),
        ]
    }
}
