import Arguments
import Catalogs
import Diagnostics
import Files
import Foundation
import ImageCodecs
import JSONValues
import StageKit

/// `figment import images PATH`: a folder for each class, or a pair of IDX files.
enum ImagesCommand {
    private static let path = Argument<String>.positional(
        "PATH", .text(), "a folder with a folder for each class, or an IDX file of images")
    private static let labels = Argument<String?>.optional(
        "labels", .text("FILE"), "the IDX file of labels that belongs to an IDX file of images")
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
            path, labels, vocabulary, split, CommonArguments.limit, CommonArguments.catalog,
            CommonArguments.json,
        ])

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
        guard FileManager.default.fileExists(atPath: arguments[path]) else {
            throw Failure(
                .missingResource, "there is no folder or file \(arguments[path])", hint: "Check the path.")
        }
        if ClassFolders.isFolder(arguments[path]) {
            guard arguments[labels] == nil else {
                throw Failure(
                    .usage, "--labels goes with an IDX file, and \(arguments[path]) is a folder",
                    hint: "Leave --labels out.")
            }
            sources = try ClassFolders(arguments[path], concepts: concepts, split: arguments[split])
        } else {
            sources = try IDXPair(
                images: arguments[path], labels: arguments[labels], concepts: concepts,
                split: arguments[split])
        }
        Interruption.watch()
        var tally = ImportTally()
        let total = min(sources.count, arguments[CommonArguments.limit] ?? .max)
        var progress = Progress("import images", total: total, unit: "images")
        defer { progress.finish() }
        for start in stride(from: 0, to: total, by: 200) where !Interruption.isRequested {
            let numbers = start..<min(start + 200, total)
            let missing = try session.missing(numbers.map { sources.name($0) })
            let wanted = numbers.filter { missing.contains(sources.name($0)) }
            tally.skip(numbers.count - wanted.count)
            if !wanted.isEmpty { try tally.record(wanted.map { sources.candidate($0) }, in: session) }
            progress.advance(by: numbers.count)
        }
        return try tally.finish(session, arguments)
    }
}

/// A class as folders and labels name it.
struct ListedConcept {
    let id: Int
    let uid: String
    let key: String
    let name: String

    var ids: ConceptIDs.Concept { ConceptIDs.Concept(id: id, uid: uid) }
}

/// Images that can be counted and named before they are read.
protocol ImageSource {
    /// How many there are.
    var count: Int { get }
    /// By what name one is recorded.
    func name(_ index: Int) -> String
    /// Reads one.
    func candidate(_ index: Int) -> Candidate
}

/// A folder for each class.
struct ClassFolders: ImageSource {
    private let root: String
    private let split: String?
    private let files: [(path: String, concept: ListedConcept)]

    /// Finds the files; hidden ones and folders inside class folders are walked too.
    ///
    /// - Throws: badInput where a folder's name is no class, or no image lies in any.
    init(_ root: String, concepts: [ListedConcept], split: String?) throws(Failure) {
        let manager = FileManager.default
        let folders: [String]
        do {
            folders = try manager.contentsOfDirectory(atPath: root).sorted()
        } catch {
            throw Failure(
                .io, "cannot read the folder \(root): \(error.localizedDescription)",
                hint: "Check its permissions.")
        }
        var files: [(path: String, concept: ListedConcept)] = []
        for folder in folders where !folder.hasPrefix(".") {
            guard Self.isFolder("\(root)/\(folder)") else { continue }
            guard
                let concept = concepts.first(where: { $0.key == folder })
                    ?? concepts.first(where: { $0.name == folder })
            else {
                throw Failure(
                    .badInput, "the folder '\(folder)' in \(root) is neither key nor name of a class",
                    hint: "Rename it, or import a class list that has it. There are: "
                        + concepts.prefix(20).map(\.key).joined(separator: ", ") + ".")
            }
            // An enumerator does not look into a symbolic link, such as people make to the classes they want.
            let place = URL(filePath: "\(root)/\(folder)").resolvingSymlinksInPath().path
            let inside = manager.enumerator(atPath: place)?.allObjects as? [String] ?? []
            for path in inside.sorted()
            where !path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
                if !Self.isFolder("\(root)/\(folder)/\(path)") {
                    files.append(("\(folder)/\(path)", concept))
                }
            }
        }
        guard !files.isEmpty else {
            throw Failure(
                .badInput, "the folder \(root) holds no images in folders of classes",
                hint: "Lay it out as \(root)/CLASS/FILE.png.")
        }
        self.root = root
        self.split = split
        self.files = files
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    var count: Int { files.count }

    func name(_ index: Int) -> String {
        URL(filePath: "\(root)/\(files[index].path)").standardizedFileURL.path
    }

    func candidate(_ index: Int) -> Candidate {
        let (path, concept) = files[index]
        do throws(Failure) {
            let bytes = try InputFile("\(root)/\(path)").bytes(limit: ImageLimits().bytes)
            let (picture, format) = try ImageFile.decode(bytes, name: path)
            return .image(
                RealImage(
                    source: name(index), bytes: bytes, format: format, picture: picture, concept: concept.ids,
                    split: split))
        } catch {
            return .refused(source: name(index), reason: error.summary)
        }
    }
}

/// A pair of IDX files; pictures are grey, and kept as PNG.
struct IDXPair: ImageSource {
    private let images: IDXFile
    private let labels: IDXFile
    private let concepts: [ListedConcept]
    private let split: String?
    private let path: String

    /// - Throws: badInput where the files do not fit each other or the class list.
    init(images path: String, labels labelPath: String?, concepts: [ListedConcept], split: String?)
        throws(Failure)
    {
        guard let labelPath else {
            throw Failure(
                .usage, "\(path) is no folder, and an IDX file needs its labels", hint: "Give --labels FILE.")
        }
        images = try IDXFile(contentsOf: path)
        labels = try IDXFile(contentsOf: labelPath)
        guard images.shape.count == 3 else {
            throw Failure(.badInput, "\(path) holds labels, not images", hint: "Give the idx3 file first.")
        }
        guard labels.shape.count == 1, labels.count == images.count else {
            throw Failure(
                .badInput, "\(labelPath) holds \(labels.count) labels, and \(path) \(images.count) images",
                hint: "Give two files of one set.")
        }
        if let label = labels.labels.max(), Int(label) >= concepts.count {
            throw Failure(
                .badInput,
                "\(labelPath) has the label \(label), and the class list only \(concepts.count) classes",
                hint: "Import the class list that belongs to it, in the labels' order.")
        }
        self.concepts = concepts
        self.split = split
        self.path = URL(filePath: path).standardizedFileURL.path
    }

    var count: Int { images.count }

    func name(_ index: Int) -> String { "\(path)#\(index)" }

    func candidate(_ index: Int) -> Candidate {
        let label = Int(labels.labels[labels.labels.startIndex + index])
        let picture = RGBImage(
            width: images.shape[2], height: images.shape[1],
            pixels: images.picture(index).flatMap { [$0, $0, $0] })
        do throws(Failure) {
            return .image(
                RealImage(
                    source: name(index), bytes: try PNGCodec.encode(picture), format: .png, picture: picture,
                    concept: concepts[label].ids, split: split))
        } catch {
            return .refused(source: name(index), reason: error.summary)
        }
    }
}
