import Arguments
import Catalogs
import Diagnostics
import Foundation
import JSONValues
import Kernels
import StageKit

/// `figment status`: what the catalog holds; with --engine what this machine computes with.
enum StatusCommand {
    private static let engine = Argument<Bool>.flag("engine", "describe the numeric engine instead")

    static let syntax = CommandSyntax(
        "figment-catalog status", "shows what the catalog holds",
        [engine, CommonArguments.catalog, CommonArguments.json])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let members = arguments[engine] ? try engineMembers() : try catalogMembers(arguments)
        if arguments[CommonArguments.json] {
            StandardOutput.write(json: .object(JSONObject(members)))
        } else {
            for (key, value) in members {
                let name = key.padding(toLength: max(22, key.count + 1), withPad: " ", startingAt: 0)
                StandardOutput.write("\(name)\(value.string ?? value.text)\n")
            }
        }
        return .success
    }

    private static func engineMembers() throws(Failure) -> [(key: String, value: JSONValue)] {
        let engine = try EngineDescription()
        return [
            ("version", .string(ProgramVersion.current)),
            ("instructions", .string(engine.instructions.rawValue)),
            ("bfloat16", .string(engine.bfloat16)), ("threads", .integer(engine.threads)),
        ]
    }

    private static let counts: [(name: String, sql: String)] = [
        ("runs", "SELECT count(*) FROM run"),
        ("concepts", "SELECT count(*) FROM concept"),
        ("captions", "SELECT count(*) FROM caption WHERE status = 'accepted'"),
        ("captions refused", "SELECT count(*) FROM caption WHERE status = 'refused'"),
        ("conditionings", "SELECT count(*) FROM conditioning"),
        ("real images", "SELECT count(*) FROM image WHERE origin = 'real'"),
        ("generated images", "SELECT count(*) FROM image WHERE origin = 'generated'"),
        ("scores", "SELECT count(*) FROM score"),
        ("decisions kept", "SELECT count(*) FROM decision WHERE verdict = 'kept'"),
        ("decisions rejected", "SELECT count(*) FROM decision WHERE verdict = 'rejected'"),
        ("snapshots", "SELECT count(*) FROM snapshot"),
        ("exports", "SELECT count(*) FROM export"),
        ("refusals", "SELECT count(*) FROM refusal"),
    ]

    private static func catalogMembers(
        _ arguments: ParsedArguments
    ) throws(Failure) -> [(key: String, value: JSONValue)] {
        let path = try CommonArguments.catalogPath(arguments)
        let catalog = try Catalog.open(at: path, mode: .readOnly)
        var members: [(key: String, value: JSONValue)] = [("catalog", .string(path))]
        for count in counts { members.append((count.name, .integer(try catalog.integer(count.sql)))) }
        let rules = try catalog.rows(
            """
            SELECT rule, sum(verdict = 'kept'), count(*) FROM latest_decision GROUP BY rule ORDER BY rule
            """
        ) { ($0.text(0), $0.integer(1), $0.integer(2)) }
        for (rule, kept, all) in rules {
            members.append(("rule \(rule)", .string("\(kept) of \(all) kept")))
        }
        return members
    }
}
