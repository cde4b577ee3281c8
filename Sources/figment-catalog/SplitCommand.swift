import Arguments
import Catalogs
import Diagnostics
import JSONValues
import StageKit

/// `figment split N`: small catalogs with the pending work divided among them.
enum SplitCommand {
    private static let count = Argument<Int>.positional("N", .integer(in: 1...10_000), "how many shards")
    private static let work = Argument<ShardWork>.option(
        "for", .choice(of: ShardWork.self), default: .generate, "the work that is to be divided")
    private static let per = Argument<Int?>.optional(
        "per", .integer(in: 1...100_000),
        "images for each conditioning, where --for is generate (default: as many as 'generate' was asked for)"
    )
    private static let folder = Argument<String?>.optional(
        "into", .path("FOLDER"), "where the shards are put (default: beside the catalog)")

    static let syntax = CommandSyntax(
        "figment-catalog split", "divides pending work among small catalogs of its own",
        discussion: """
            Divides captions (--for embed), conditionings (generate) or images (score): those that are still to be \
            worked on in any model, settings or measure that the stage was asked for so far, and those that nothing \
            has been done on, or else those whose ids --from selects. Each shard animals-01.sqlite stands alone with \
            its packs, so it can be worked on anywhere by the ordinary commands; 'figment merge' brings the \
            results back. The same catalog is always divided in the same way.
            """,
        [count, work, CommonArguments.from, per, folder] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        guard arguments[per] == nil || arguments[work] == .generate else {
            throw Failure(
                .usage, "--per is about images, and --for \(arguments[work].rawValue) makes none",
                hint: "Leave it out, or divide with --for generate.")
        }
        let path = try CommonArguments.catalogPath(arguments)
        let catalog = try Catalog.open(at: path, mode: .readOnly)
        var items: [Int]?
        if let sql = arguments[CommonArguments.from] { items = try catalog.chosenIDs(by: sql) }
        let plan = SplitPlan(
            count: arguments[count], work: arguments[work], items: items, perItem: arguments[per],
            folder: arguments[folder])
        // Before paths were recorded as they are now, they were as they were typed, and fewer options were there.
        let new = CommonArguments.recording.map(\.usage.name).filter { !["catalog", "json"].contains($0) }
        let typed = try arguments.json { $0 }.object?.members.filter { !new.contains($0.key) }
        let shards = try catalog.split(
            plan, program: "figment-catalog split", version: ProgramVersion.current,
            options: try arguments.json(recording: RecordedPaths(arguments).recorded).object ?? JSONObject(),
            earlier: typed.map { JSONObject($0) }, namesHost: arguments[CommonArguments.recordHost])
        if arguments[CommonArguments.json] {
            let list = shards.map { shard -> JSONValue in
                [
                    "path": .string(shard.path), "items": .integer(shard.items),
                    "new": .boolean(!shard.wasThere),
                ]
            }
            StandardOutput.write(json: ["shards": .array(list)])
        } else {
            for shard in shards {
                let items = "\(shard.items) \(arguments[work].table)s"
                StandardOutput.write("\(shard.path): \(shard.wasThere ? "there already" : items)\n")
            }
        }
        return .success
    }
}
