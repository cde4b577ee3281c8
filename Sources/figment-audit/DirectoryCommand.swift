import Arguments
import Catalogs
import Diagnostics
import Digests
import ExportFormats
import Files
import Foundation
import JSONValues
import StageKit
import Texts

/// `figment audit export DIR`: whether a directory is what the catalog recorded, byte for byte.
enum DirectoryCommand {
    private static let directory = Argument<String>.positional(
        "DIR", .path(), "a directory that figment export wrote, wherever it is now")
    private static let export = Argument<String?>.optional(
        "export", .text("UID"),
        "which recorded export it should be (default: the one with its manifest, else the newest at this place)"
    )

    static let syntax = CommandSyntax(
        "figment-audit export", "compares an exported directory with what was recorded",
        discussion: """
            Every file is hashed: the shards and the manifest against the catalog, all others against the manifest and \
            the metadata. Each file that is missing, altered or added is named; exit status 1 says that there are such. \
            An export that was moved or copied is known by its manifest.
            """,
        [directory, export] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let recorded: RecordedExport
        if let word = arguments[export] {
            recorded = try RecordedExport(Subject.find(word, .export, in: catalog).id, in: catalog)
        } else {
            recorded = try RecordedExport(at: arguments[directory], RecordedPaths(arguments), in: catalog)
        }
        let comparison = try ExportComparison(
            of: arguments[directory], manifest: recorded.digest, shards: recorded.shards)
        if arguments[CommonArguments.json] {
            StandardOutput.write(json: json(recorded, comparison))
        } else {
            StandardOutput.write(text(recorded, comparison))
        }
        return comparison.differences.isEmpty ? .success : .found
    }

    private static func json(_ recorded: RecordedExport, _ comparison: ExportComparison) -> JSONValue {
        [
            "export": .object(recorded.json), "files": .integer(comparison.fileCount),
            "bytes": .integer(comparison.byteCount), "intact": .boolean(comparison.differences.isEmpty),
            "differences": .array(
                comparison.differences.map {
                    [
                        "kind": .string($0.kind.rawValue), "path": .string($0.path),
                        "detail": .string($0.detail),
                    ]
                }),
        ]
    }

    private static func text(_ recorded: RecordedExport, _ comparison: ExportComparison) -> TerminalText {
        var text = AuditText()
        recorded.write(to: &text)
        text.title("on disk")
        text.line("\(comparison.fileCount) files, \(comparison.byteCount) bytes")
        if comparison.differences.isEmpty { text.line("every byte is as recorded") }
        for difference in comparison.differences where difference.kind != .unproved {
            text.value(difference.kind.rawValue, .string("\(difference.path): \(difference.detail)"))
        }
        let unproved = comparison.differences.filter { $0.kind == .unproved }
        if let first = unproved.first {
            text.value(
                "unproved", .string("\(unproved.count) files, such as \(first.path): --json names all"))
            text.line("what they should be is said by a file that is missing or altered itself")
        }
        return text.text
    }
}

/// An export as the catalog recorded it.
private struct RecordedExport {
    let digest: Digest
    let shards: [String: Digest]
    let json: JSONObject
    private let run: RunRecord

    /// The export with a directory's manifest, else the newest that was written there.
    init(at directory: String, _ paths: RecordedPaths, in catalog: Catalog) throws(Failure) {
        let manifest = (try? ExportManifest(readingFrom: directory))?.digest.hex
        let ids = try catalog.rows(
            """
            SELECT id FROM export WHERE digest = :manifest OR directory IN (:place, :path)
            ORDER BY digest IS :manifest DESC, directory IN (:place, :path) DESC, id DESC LIMIT 1
            """,
            [
                ":manifest": manifest.map { .text($0) } ?? .null,
                ":place": .text(try paths.recorded(directory)),
                ":path": .text(try Path.absolute(directory)),
            ]
        ) { $0.integer(0) }
        guard let id = ids.first else {
            throw Failure(
                .missingResource,
                "\(directory) is no export of this catalog: "
                    + (manifest.map { "its manifest has the SHA-256 \($0)" }
                        ?? "it has no manifest of an export"),
                hint: "Name the export that it should be by --export; see table export.")
        }
        try self.init(id, in: catalog)
    }

    init(_ id: Int, in catalog: Catalog) throws(Failure) {
        let rows = try catalog.rows(
            """
            SELECT export.uid, format, directory, export.options, export.item_count, export.digest, verdict,
                variant.name AS variant, snapshot.uid AS snapshot, snapshot.digest AS snapshot_digest, export.run_id
            FROM export JOIN snapshot ON snapshot.id = snapshot_id JOIN variant ON variant.id = variant_id
            WHERE export.id = ?
            """, [.integer(id)]
        ) { row in
            (
                JSONObject(zip(row.columns, row.values).dropLast().map { (key: $0, value: $1.json) }),
                row.integer(10)
            )
        }
        guard let (json, runID) = rows.first, let digest = Digest(hex: json["digest"]?.string ?? ""),
            let run = try RunRecord.read([runID], in: catalog).first
        else {
            throw Failure(
                .catalog, "the export \(id) has a damaged digest, or no run", hint: "Run 'figment check'.")
        }
        self.json = json
        self.digest = digest
        self.run = run
        shards = try catalog.rows(
            "SELECT name, sha256 FROM export_shard WHERE export_id = ?", [.integer(id)]
        ) { ($0.text(0), Digest(hex: $0.text(1))) }.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }

    func write(to text: inout AuditText) {
        text.title("export of \(json["variant"]?.string ?? ""), \(json["item_count"]?.text ?? "") images")
        for (name, value) in json.members where name != "variant" && name != "item_count" {
            text.value(name, value)
        }
        text.value("exported by", .string(run.line))
        text.value("on", .string("\(run.machine), run \(run.uid)"))
    }
}
