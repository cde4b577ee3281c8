import Arguments
import Catalogs
import Diagnostics
import Foundation
import Kernels
import StageKit

/// `figment audit image IMAGE`: the whole chain behind one image, or, with `--rederive`, the image made again.
enum ImageCommand {
    private static let image = Argument<String?>.optionalPositional(
        "IMAGE", .text(), "the image's id, its uid, or the first 6 or more digits of its uid")
    private static let format = Argument<Format>.option(
        "format", .choice(of: Format.self), default: .text, "how to answer; prov is W3C's PROV-JSON")
    private static let rederive = Argument<Bool>.flag(
        "rederive", "make the image again from its row, compare, and record the verdict")
    private static let model = Argument<String?>.optional(
        "model", .path("DIR"),
        "with --rederive: the folder of the model that made it (default: where it lay, else the starter models)"
    )
    private static let tolerance = Argument<Int>.option(
        "tolerance", .integer(in: 0...255), default: 1,
        "with --rederive: up to how many of 255 levels a channel may differ and count as within")
    private static let from = Argument<String?>.optional(
        "from", .text("SQL"), "with --rederive, in place of IMAGE: a SELECT of the ids of images")

    private enum Format: String, CaseIterable, Sendable {
        case text, json, prov
    }

    static let syntax = CommandSyntax(
        "figment-audit image", "shows the whole chain behind one image, or makes it again",
        discussion: """
            Concept and caption, conditioning and its ancestors down to the real image, generation with its seed, \
            the model down to the SHA-256 of its weights, scores, decisions with value, threshold and reason, the \
            snapshots, exports and trainings it is in, what rests on it, and the runs that recorded each. Its file is \
            read and compared with the row.
            With --rederive the image is made again from its row, and how it compares is recorded: exact, within, \
            or different. On the machine that made it, it is exact. The model is known by the digests of its files.
            With --from an image that cannot be made or compared is refused, with the reason, and the others go on.
            Exit status 1 says that the file is damaged, or that what was made is different, or that one was refused.
            """,
        [
            image, format, rederive, from, model, tolerance, CommonArguments.limit, CommonArguments.threads,
        ] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        if arguments[rederive] { return try makeAgain(arguments) }
        guard let word = arguments[image], arguments[from] == nil else {
            throw Failure(
                .usage, arguments[image] == nil ? "IMAGE is missing" : "--from goes with --rederive only",
                hint: "Name one image, or add --rederive.")
        }
        let catalog = try Catalog.open(at: CommonArguments.catalogPath(arguments), mode: .readOnly)
        let subject = try Subject.find(word, .image, in: catalog)
        let format = arguments[CommonArguments.json] ? .json : arguments[format]
        guard format != .prov else {
            StandardOutput.write(json: try ProvDocument(of: subject.id, in: catalog).json)
            return .success
        }
        let chain = try ImageChain(of: subject.id, in: catalog)
        if format == .json {
            StandardOutput.write(json: chain.json)
        } else {
            StandardOutput.write(chain.text)
        }
        return chain.damage == nil ? .success : .found
    }

    private static func makeAgain(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        guard (arguments[image] == nil) != (arguments[from] == nil) else {
            throw Failure(.usage, "--rederive takes either IMAGE or --from", hint: "Give one of the two.")
        }
        if let threads = arguments[CommonArguments.threads] { Parallelism.threadCount = threads }
        let threads = arguments[CommonArguments.threads] ?? ProcessInfo.processInfo.activeProcessorCount
        return try Session.run("figment-audit", arguments, threads: threads) { session throws(Failure) in
            var images: [Int] = []
            if let word = arguments[image] {
                images = [try Subject.find(word, .image, in: session.catalog).id]
            }
            if let sql = arguments[from] { images = try session.catalog.chosenIDs(by: sql) }
            if let limit = arguments[CommonArguments.limit] { images = Array(images.prefix(limit)) }
            var work = RederiveWork(
                session, model: arguments[model], tolerance: arguments[tolerance],
                isJSON: arguments[CommonArguments.json] || arguments[format] == .json,
                isSingle: arguments[image] != nil)
            return try work.run(images)
        }
    }
}
