import Arguments
import Catalogs
import Diagnostics
import Digests
import ExportFormats
import Files
import Foundation
import JSONValues
import StageKit

/// `figment export SNAPSHOT DIR`: a frozen variant as a directory for training, read back before it is recorded.
enum ExportCommand {
    private static let snapshot = Argument<String>.positional(
        "SNAPSHOT", .text(), "a variant's name (its newest snapshot) or a snapshot's uid")
    private static let directory = Argument<String>.positional(
        "DIR", .path(), "where to; it must not exist or be empty")
    private static let format = Argument<String>.option(
        "format", .choice(of: ExportFormat.all.map(\.name)), default: ExportFormat.webDataset().name,
        "the layout")
    private static let shardItems = Argument<Int>.option(
        "shard-items", .integer(in: 1...10_000_000), default: ShardLimits.standard.items,
        "the most items of a WebDataset shard")
    private static let shards = Argument<Int>.option(
        "shards", .integer(in: 1...100_000), default: 1, "the least number of WebDataset shards of a split")

    static let syntax = CommandSyntax(
        "figment-export", "writes a frozen variant for training",
        discussion: """
            The order is shuffled by --seed. What was written is read back and compared before the directory gets \
            its name and the export is recorded; nothing partial is ever left under it.
            """,
        [
            snapshot, directory, format, shardItems, shards, CommonArguments.seed,
        ] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        try Session.run("figment-export", arguments, seed: arguments[CommonArguments.seed]) {
            session throws(Failure) in try run(arguments, session)
        }
    }

    private static func run(_ arguments: ParsedArguments, _ session: Session) throws(Failure) -> ExitStatus {
        let frozen = try FrozenSnapshot.find(arguments[snapshot], in: session.catalog)
        let members = try SnapshotMembers(
            of: frozen, seed: arguments[CommonArguments.seed], in: session.catalog)
        let layout = try chosenFormat(arguments)
        if let manifest = try recorded(frozen, layout, arguments, session) {
            report(manifest, frozen, arguments, isNew: false)
            return .success
        }
        var progress = Progress("export", total: members.count, unit: "images")
        defer { progress.finish() }
        var source = members.source(in: session.catalog)
        let manifest = try during("exporting \(frozen.title)") { () throws(Failure) in
            try Export.write(members.plan, as: layout, to: arguments[directory]) { () throws(Failure) in
                progress.advance(by: 1)
                return try source.next()
            }
        }
        let isNew = try record(manifest, frozen, arguments, session)
        try session.note(.finished, appended: isNew ? 1 : 0)
        try session.close()
        report(manifest, frozen, arguments, isNew: true)
        return .success
    }

    private static func report(
        _ manifest: ExportManifest, _ snapshot: FrozenSnapshot, _ arguments: ParsedArguments, isNew: Bool
    ) {
        let json: JSONValue = [
            "snapshot": .string(snapshot.uid), "directory": .string(arguments[directory]),
            "items": .integer(manifest.itemCount), "shards": .integer(manifest.shards.count),
            "digest": .string(manifest.digest.hex), "verdict": "verified", "new": .boolean(isNew),
        ]
        guard !arguments[CommonArguments.json] else { return StandardOutput.write(json: json) }
        StandardOutput.write(
            """
            \(snapshot.title): \(manifest.itemCount) images as \(manifest.format) in \(arguments[directory]), \
            \(manifest.shards.count) shards, \
            \(isNew ? "read back and verified" : "there already and verified again")
            digest \(manifest.digest)

            """)
    }

    private static func chosenFormat(_ arguments: ParsedArguments) throws(Failure) -> ExportFormat {
        let limits = try ShardLimits(items: arguments[shardItems], minimumShards: arguments[shards])
        let webDataset = ExportFormat.webDataset(limits)
        return arguments[format] == webDataset.name ? webDataset : try ExportFormat.named(arguments[format])
    }

    /// The manifest of this very export where it is recorded, and the directory still holds what was recorded.
    ///
    /// - Throws: badInput where a file of it has changed since.
    private static func recorded(
        _ snapshot: FrozenSnapshot, _ layout: ExportFormat, _ arguments: ParsedArguments, _ session: Session
    ) throws(Failure) -> ExportManifest? {
        let digests = try session.catalog.rows(
            """
            SELECT digest FROM export WHERE snapshot_id = ? AND directory IN (?, ?) AND format = ? AND options = ?
            ORDER BY id DESC LIMIT 1
            """,
            [
                .integer(snapshot.id), .text(try session.paths.recorded(arguments[directory])),
                .text(try Path.absolute(arguments[directory])), .text(layout.name),
                .text(options(arguments).canonicalText),
            ]
        ) { $0.text(0) }
        guard let digest = digests.first, FileStatus(arguments[directory]) != nil,
            let manifest = try? ExportManifest(readingFrom: arguments[directory]),
            manifest.digest.hex == digest
        else { return nil }
        if case .different(let differences) = try ExportVerification.verify(arguments[directory]) {
            throw Failure(
                .badInput, "\(arguments[directory]) is no longer what was exported: \(differences[0])",
                hint: "Move it away, and export again.")
        }
        return manifest
    }

    /// What decides the bytes besides the snapshot.
    private static func options(_ arguments: ParsedArguments) -> JSONValue {
        var options = JSONObject([("seed", .integer(arguments[CommonArguments.seed]))])
        if arguments[format] == ExportFormat.webDataset().name {
            options["shard_items"] = .integer(arguments[shardItems])
            options["shards"] = .integer(arguments[shards])
        }
        return .object(options)
    }

    private static func record(
        _ manifest: ExportManifest, _ snapshot: FrozenSnapshot, _ arguments: ParsedArguments,
        _ session: Session
    ) throws(Failure) -> Bool {
        let options = options(arguments)
        let path = try session.paths.recorded(arguments[directory])
        let uid = UID(
            of: "export",
            [
                ("digest", .string(manifest.digest.hex)), ("directory", .string(path)),
                ("format", .string(manifest.format)), ("options", options),
                ("snapshot", .string(snapshot.uid)),
            ])
        if try session.catalog.id(of: uid, in: "export") != nil { return false }
        try session.write { run throws(Failure) in
            let export = try session.catalog.append(
                "export", uid,
                [
                    "snapshot_id": .integer(snapshot.id), "directory": .text(path),
                    "format": .text(manifest.format), "options": .text(options.canonicalText),
                    "item_count": .integer(manifest.itemCount), "digest": .text(manifest.digest.hex),
                    "verdict": .text("verified"), "run_id": .integer(run.id),
                ])
            for shard in manifest.shards {
                try session.catalog.execute(
                    """
                    INSERT INTO export_shard (export_id, name, split, item_count, byte_count, sha256)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                    [
                        .integer(export), .text(shard.name), .text(shard.split), .integer(shard.itemCount),
                        .integer(shard.byteCount), .text(shard.sha256.hex),
                    ])
            }
        }
        return true
    }
}
