import Arguments
import Catalogs
import Diagnostics
import Files
import StageKit

/// `figment import images PATH`: a folder for each class, or a pair of IDX files.
enum ImagesCommand {
    private static let path = Argument<String>.positional(
        "PATH", .path(), "a folder with a folder for each class, or an IDX file of images")
    private static let labels = Argument<String?>.optional(
        "labels", .path("FILE"), "the IDX file of labels that belongs to an IDX file of images")
    private static let vocabulary = Argument<String?>.optional(
        "vocabulary", .text("NAME"), "the class list (default: the only one)")
    private static let split = Argument<String?>.optional(
        "split", .text("NAME"), "the split that the images belong to, for instance train")

    static let syntax = CommandSyntax(
        "figment-import images", "brings in real images with their classes",
        discussion: """
            Folder names are looked up among the keys, then the names, of the class list; so import concepts \
            first. In IDX files label 0 is the list's first class. PNG and JPEG are recognised by content. A \
            damaged image among good ones is recorded as refused with the reason, and the import goes on; once \
            it is mended, running the same command again brings it in.
            """,
        [
            path, labels, vocabulary, split, CommonArguments.limit,
        ] + CommonArguments.recording)

    static func run(_ arguments: ParsedArguments) throws(Failure) -> ExitStatus {
        try Session.run("figment-import", arguments) { session throws(Failure) in
            try run(arguments, session)
        }
    }

    private static func run(_ arguments: ParsedArguments, _ session: Session) throws(Failure) -> ExitStatus {
        let list = try NamedList.vocabulary.find(arguments[vocabulary], in: session.catalog)
        let concepts = try session.catalog.rows(
            "SELECT id, uid, key, name FROM concept WHERE vocabulary_id = ? ORDER BY position",
            [.integer(list.id)]
        ) { ListedConcept(id: $0.integer(0), uid: $0.text(1), key: $0.text(2), name: $0.text(3)) }
        let sources: any ImageSource
        guard let kind = FileKind(of: arguments[path], followingLinks: true) else {
            throw Failure(
                .missingResource, "there is no folder or file \(arguments[path])", hint: "Check the path.")
        }
        if kind == .folder {
            guard arguments[labels] == nil else {
                throw Failure(
                    .usage, "--labels goes with an IDX file, and \(arguments[path]) is a folder",
                    hint: "Leave --labels out.")
            }
            sources = try ClassFolders(
                arguments[path], concepts: concepts, split: arguments[split], session.paths)
        } else {
            sources = try IDXPair(
                images: arguments[path], labels: arguments[labels], concepts: concepts,
                split: arguments[split], session.paths)
        }
        Interruption.watch()
        var tally = ImportTally()
        let total = min(sources.count, arguments[CommonArguments.limit] ?? .max)
        var progress = Progress("import images", total: total, unit: "images")
        defer { progress.finish() }
        for start in stride(from: 0, to: total, by: 200) where !Interruption.isRequested {
            let numbers = start..<min(start + 200, total)
            let wanted = try session.missing(numbers) { number in
                [sources.place, sources.fullPlace].map { sources.name(number, in: $0) }
            }
            tally.skip(numbers.count - wanted.count)
            try record(wanted, of: sources, &tally, in: session)
            progress.advance(by: numbers.count)
        }
        return try tally.finish(session, arguments)
    }

    /// Records images in batches of 64 MiB, or of one that is larger.
    private static func record(
        _ numbers: [Int], of sources: any ImageSource, _ tally: inout ImportTally, in session: Session
    ) throws(Failure) {
        var batch: [Candidate] = []
        var byteCount = 0
        for number in numbers {
            batch.append(sources.candidate(number))
            byteCount += batch[batch.count - 1].byteCount
            guard byteCount >= 64 << 20 || number == numbers.last else { continue }
            try tally.record(batch, in: session)
            if Interruption.isRequested { return }
            batch = []
            byteCount = 0
        }
    }
}
