import Arguments
import Catalogs
import Diagnostics
import Digests
import Foundation
import ImageCodecs
import JSONValues
import StageKit
import Wardrobe

/// `figment import wardrobe`: composes scenes of the built-in world from Debian's Fashion-MNIST photographs.
enum WardrobeCommand {
    private static let photographs = Argument<String>.option(
        "photographs", .path("DIR"), default: "/usr/share/datasets/fashion-mnist",
        "the folder of Fashion-MNIST's files (Debian's package dataset-fashion-mnist)")
    private static let splits = Argument<[WardrobeSplit]>.repeated(
        "split", .choice(of: WardrobeSplit.self), "which part of the world (default: task and test)")
    private static let scenes = Argument<Int>.option(
        "scenes", .integer(in: 1...1_000), default: 1, "how many scenes to compose from each photograph")

    static let syntax = CommandSyntax(
        "figment-import wardrobe", "composes the built-in world of garments",
        discussion: """
            Makes the vocabulary 'wardrobe' (10 garments), the template sets 'wardrobe' and 'wardrobe-scenes', and \
            real images with captions and attributes: 32 × 32 scenes that follow from --seed. The task split is \
            biased as real data is; foundation is what the starter models learnt from; test and the shifts \
            (sketch, rendition, resampled, pose, background, color) are for evaluation. --limit is for each split.
            """,
        [
            photographs, splits, scenes, CommonArguments.seed, CommonArguments.limit,
        ] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        try Session.run("figment-import", arguments, seed: arguments[CommonArguments.seed]) {
            session throws(Failure) in try run(arguments, session)
        }
    }

    private static func run(_ arguments: ParsedArguments, _ session: Session) throws(Failure) -> ExitStatus {
        let vocabulary = VocabularyRecord(
            name: "wardrobe",
            concepts: Garment.allCases.map { .init(key: $0.key, name: $0.name, weight: 1) })
        _ = try vocabulary.record(in: session)
        for (name, texts) in [("wardrobe", ClassTemplates.plain), ("wardrobe-scenes", ClassTemplates.scenes)]
        {
            _ = try TemplateSetRecord(name: name, texts: texts).record(in: session)
        }
        Interruption.watch()
        var tally = ImportTally()
        let chosen = arguments[splits].isEmpty ? [.task, .test] : arguments[splits]
        let concepts = try ConceptIDs(of: vocabulary.uid, in: session.catalog)
        var files: [WardrobeSplit.File: PhotographFile] = [:]
        for split in chosen where !Interruption.isRequested {
            let file: PhotographFile
            if let known = files[split.file] {
                file = known
            } else {
                file = try PhotographFile(split.file, folder: arguments[photographs])
                files[split.file] = file
            }
            let batch = WardrobeBatch(
                split: split, scenesPerPhotograph: arguments[scenes], seed: arguments[CommonArguments.seed],
                photographs: file, concepts: concepts)
            try batch.run(in: session, limit: arguments[CommonArguments.limit] ?? .max, &tally)
        }
        return try tally.finish(session, arguments)
    }
}
