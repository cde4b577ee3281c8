import Arguments
import Catalogs
import Diagnostics
import Digests
import JSONValues
import StageKit
import Texts

/// `figment variant freeze NAME`: the query's present answer, kept for good.
enum FreezeCommand {
    private static let name = Argument<String>.positional("NAME", .text(), "the variant")

    static let syntax = CommandSyntax(
        "figment-variant freeze", "keeps a variant's present answer as a snapshot",
        discussion: """
            A snapshot is the list of images with label, split, weight and soft target, the catalog's revision, \
            the count, and a digest of the members: the same digest is the same dataset, on any machine.
            """,
        [name] + VariantLimits.arguments + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let session = try Session("figment-variant", arguments)
        let variant = try Variant.find(arguments[name], in: session.catalog)
        // What is appended while the query runs may be in its answer or not; what was there before it is.
        let revision = try session.catalog.integer("SELECT coalesce(max(id), 0) FROM run_event")
        let limits = VariantLimits.limits(arguments)
        let members = try during("running variant '\(variant.name)'") { () throws(Failure) in
            try Watchdog.guarding(seconds: limits.seconds) { () throws(Failure) in
                let reader = try session.catalog.reader(for: .variant, limits: limits)
                return try MemberList(try Member.query(variant, reader), reader)
            }
        }
        let digest = try members.digest()
        let uid = UID(of: "snapshot", [("digest", .string(digest.hex)), ("variant", .string(variant.uid))])
        let isUnknown = { () throws(Failure) in try session.catalog.id(of: uid, in: "snapshot") == nil }
        var isNew = try isUnknown()
        if isNew {
            try session.write { run throws(Failure) in
                // Another process may have frozen the same since.
                isNew = try isUnknown()
                guard isNew else { return }
                let snapshot = try session.catalog.append(
                    "snapshot", uid,
                    [
                        "variant_id": .integer(variant.id), "revision": .integer(revision),
                        "item_count": .integer(members.count), "digest": .text(digest.hex),
                        "run_id": .integer(run.id),
                    ])
                try members.append(to: snapshot, in: session.catalog)
            }
        }
        try session.note(.finished, appended: isNew ? members.count : 0)
        try session.close()
        let text: TerminalText = """
            variant '\(variant.name)': \(members.count) images, \
            \(isNew ? "frozen" : "frozen already, nothing has changed")
            snapshot \(uid)
            digest \(digest)

            """
        let json: JSONValue = [
            "snapshot": .string(uid.hex), "digest": .string(digest.hex), "items": .integer(members.count),
            "new": .boolean(isNew),
        ]
        if arguments[CommonArguments.json] {
            StandardOutput.write(json: json)
        } else {
            StandardOutput.write(text)
        }
        return .success
    }
}
