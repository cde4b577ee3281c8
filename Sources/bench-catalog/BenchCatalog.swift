import Arguments
import Catalogs
import Diagnostics
import StageKit

/// Makes a large catalog for tools/bench, such as a long run of the stages would have left.
enum BenchCatalog {
    private static let images = Argument<Int>.required(
        "images", .integer(in: 0...100_000_000), "how many images are asked for")
    private static let part = Argument<Part>.option(
        "part", Part.format, default: Part(index: 1, count: 1),
        "only the I-th of N equal parts of the images, with what they need")
    private static let lastStage = Argument<Plan.Stage>.option(
        "until", .choice(of: Plan.Stage.self), default: .filter, "the last stage that has run")
    private static let pending = Argument<Int>.option(
        "pending", .integer(in: 0...1_000_000), default: 1_000,
        "how much work is left for each stage, besides the images (whole catalogs only)")
    private static let ownPayloads = Argument<Bool>.flag(
        "own-payloads", "give each image a file of its own (default: 64 files that all share)")

    static let syntax = CommandSyntax(
        "bench-catalog", "makes a large catalog to measure on",
        discussion: """
            1,000 concepts in enough templates, a conditioning for each caption, four images for each \
            conditioning, a score and a decision for each image: as starter:diffusion and starter:clip would have \
            made them with their default settings. The same seed gives the same rows. Images that share files \
            have pixel digests that their files do not have, so 'figment check' needs --fast there.
            """,
        [images, part, lastStage, pending, ownPayloads, CommonArguments.catalog, CommonArguments.seed])

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        let plan = Plan(
            images: arguments[images], part: arguments[part], lastStage: arguments[lastStage],
            pending: arguments[pending])
        try Catalog.create(
            at: CommonArguments.catalogPath(arguments), version: ProgramVersion.current)
        return try Session.run(syntax.name, arguments, seed: arguments[CommonArguments.seed]) {
            session throws(Failure) in
            // Nobody else is there, and a catalog that a power failure broke is made again.
            try session.catalog.execute("PRAGMA journal_mode = MEMORY")
            try session.catalog.execute("PRAGMA synchronous = OFF")
            try session.catalog.execute("PRAGMA cache_size = -1500000")
            let writer = try CatalogWriter(
                session, plan, seed: arguments[CommonArguments.seed],
                ownPayloads: arguments[ownPayloads])
            try writer.write()
            try session.note(.finished, appended: plan.made.count)
            try session.catalog.execute("PRAGMA journal_mode = WAL")
            try session.close()
            StandardOutput.write("\(plan.made.count) images in \(session.catalog.path)\n")
            return .success
        }
    }
}

/// Which of all images a catalog is about.
struct Part: Sendable {
    /// From 1.
    let index: Int
    let count: Int

    static let format = ValueFormat<Part>(
        placeholder: "I/N", expectation: "a part such as 1/10",
        read: { word in
            let numbers = word.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2, let index = numbers[0], let count = numbers[1], count > 0,
                (1...count).contains(index)
            else { return nil }
            return Part(index: index, count: count)
        },
        json: { .string("\($0.index)/\($0.count)") })

    /// The numbers of this part among those below `total`.
    func range(of total: Int) -> Range<Int> { total * (index - 1) / count..<total * index / count }
}

/// How much of everything there is, by numbers that mean the same in every part of the same whole.
struct Plan {
    static let concepts = 1_000
    static let imagesPerConditioning = 4

    /// A stage that may be the last which has run.
    enum Stage: String, CaseIterable {
        case embed
        case generate
        case filter
    }

    /// The images that are there.
    let made: Range<Int>
    /// How many of `made` are scored, and how many of those are decided.
    let scored: Int
    let decided: Int
    let conditionings: Range<Int>
    let captions: Range<Int>
    /// Templates of the whole, so that a caption has the same number in every part.
    let templates: Int

    init(images: Int, part: Part, lastStage: Stage, pending: Int) {
        let per = Self.imagesPerConditioning
        let whole = (images + per - 1) / per
        let left = part.count == 1 ? pending : 0
        let asked = part.range(of: images)
        made = lastStage == .embed ? asked.lowerBound..<asked.lowerBound : asked
        scored = lastStage == .filter ? max(0, made.count - left) : 0
        decided = max(0, scored - left)
        let used = asked.isEmpty ? 0..<0 : asked.lowerBound / per..<(asked.upperBound - 1) / per + 1
        conditionings = used.lowerBound..<used.upperBound + left
        captions = used.lowerBound..<used.upperBound + 2 * left
        templates = max(1, (whole + 3 * pending + Self.concepts - 1) / Self.concepts)
    }
}
