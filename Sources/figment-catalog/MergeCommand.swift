import Arguments
import Catalogs
import Diagnostics
import JSONValues
import StageKit
import Texts

/// `figment merge SHARD…`: what was made in shards, brought into the catalog.
enum MergeCommand {
    private static let shards = Argument<[String]>.positionals(
        "SHARD", .path(), atLeast: 1, "catalogs to bring in")
    private static let copy = Argument<Bool>.flag(
        "copy", "copy the shards' packs; else they are linked to where they are")

    private static let fast = Argument<Bool>.flag(
        "fast", "do not decode images: their sizes and digests alone are proved")

    static let syntax = CommandSyntax(
        "figment-catalog merge", "brings rows and packs of shards into the catalog",
        discussion: """
            In any order, any number of times: what is here already is left alone. A row that is here with other \
            content, that has been altered, or whose payload is missing or not what the row says is refused with all \
            that hangs on it; the table refusal says why (stage 'merge'), and the exit status is 1. A shard may be merged while it is \
            worked on; merge it again for the rest. Do not move shards away that were merged without --copy.
            """,
        [shards, copy, fast] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        try Session.run("figment-catalog merge", arguments) { session throws(Failure) in
            var reports: [(shard: String, report: MergeReport)] = []
            var failure: Failure?
            let results = session.catalog.merge(
                shards: arguments[shards], copying: arguments[copy],
                readingImages: arguments[fast] ? nil : ImageFacts.read
            ) { () throws(Failure) in try session.write { $0 } }
            for (shard, result) in zip(arguments[shards], results) {
                do throws(Failure) {
                    reports.append((shard, try result.get()))
                } catch {
                    // One bad shard keeps none of the others back; the last failure ends the program.
                    if let failure { StandardError.write("figment-catalog merge: \(failure.shown)\n") }
                    failure = error
                }
            }
            write(reports, asJSON: arguments[CommonArguments.json])
            if let failure { throw failure }
            let refused = reports.reduce(0) { $0 + $1.report.refusals.count }
            let appended = reports.reduce(0) { $0 + $1.report.count }
            try session.note(.finished, appended: appended, refused: refused)
            try session.close()
            return refused == 0 ? .success : .found
        }
    }

    private static func write(_ reports: [(shard: String, report: MergeReport)], asJSON: Bool) {
        if asJSON {
            let list = reports.map { JSONValue.object($0.report.json(of: $0.shard)) }
            StandardOutput.write(json: ["shards": .array(list)])
        } else {
            for (shard, report) in reports { StandardOutput.write(report.text(of: shard)) }
        }
    }
}

extension MergeReport {
    /// How many refusals are listed; the table has them all.
    private static let shown = 20

    fileprivate var count: Int { appended.reduce(0) { $0 + $1.count } }

    fileprivate func text(of shard: String) -> TerminalText {
        let parts = appended.map { "\($0.count) \($0.table)" }
        var lines: [TerminalText] = [
            "\(shard): \(parts.isEmpty ? "nothing new" : parts.joined(separator: ", "))"
        ]
        if !packs.isEmpty { lines.append("  packs: \(packs.joined(separator: ", "))") }
        if !refusals.isEmpty { lines.append("  refused: \(refusals.count) rows (see table refusal)") }
        lines += refusals.prefix(Self.shown).map { "  \($0.table) \($0.uid): \($0.reason)" }
        if refusals.count > Self.shown { lines.append("  and \(refusals.count - Self.shown) more") }
        return lines.map { $0 + "\n" }.joined()
    }

    fileprivate func json(of shard: String) -> JSONObject {
        let refused = refusals.map { refusal -> JSONValue in
            [
                "table": .string(refusal.table), "uid": .string(refusal.uid),
                "reason": .string(refusal.reason),
            ]
        }
        return JSONObject([
            ("shard", .string(shard)),
            ("appended", .object(JSONObject(appended.map { ($0.table, .integer($0.count)) }))),
            ("packs", .array(packs.map { .string($0) })), ("refused", .array(refused)),
        ])
    }
}
