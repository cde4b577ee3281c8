import Diagnostics
import Files
import ImageCodecs
import StageKit

/// A folder for each class.
struct ClassFolders: ImageSource {
    /// What was found in a class's folder, by its path in the root.
    private enum Entry {
        case file(path: String, concept: ListedConcept)
        /// A place that could not be looked into: whatever is there, it does not come in.
        case fault(path: String, reason: String)

        var path: String {
            switch self {
            case .file(let path, _), .fault(let path, _): path
            }
        }
    }

    let place, fullPlace: String
    private let root: String
    private let split: String?
    private var entries: [Entry] = []

    /// Finds the files; those in folders inside class folders, too, and none that is hidden.
    ///
    /// A link may lead to a class's folder or to a picture, such as people make to what they want of a larger set.
    ///
    /// - Throws: badInput where a folder's name is no class, or no image lies in any.
    init(
        _ root: String, concepts: [ListedConcept], split: String?, _ paths: RecordedPaths
    ) throws(Failure) {
        place = try paths.recorded(root)
        fullPlace = try Path.absolute(root)
        self.root = root
        self.split = split
        let listed = try Folder(root).entries()
        let classes = Classes(concepts)
        for name in listed.unnamed { entries.append(.fault(path: name, reason: "the name is not UTF-8")) }
        for name in listed.names where name.utf8.first != UInt8(ascii: ".") {
            guard FileKind(of: "\(root)/\(name)", followingLinks: true) == .folder else { continue }
            guard let concept = classes[name] else {
                throw Failure(
                    .badInput, "the folder '\(name)' in \(root) is neither key nor name of a class",
                    hint: "Rename it, or import a class list that has it. There are: "
                        + concepts.prefix(20).map(\.key).joined(separator: ", ") + ".")
            }
            add(name, concept)
        }
        guard !entries.isEmpty else {
            throw Failure(
                .badInput, "the folder \(root) holds no images in folders of classes",
                hint: "Lay it out as \(root)/CLASS/FILE.png.")
        }
    }

    private mutating func add(_ name: String, _ concept: ListedConcept) {
        do throws(Failure) {
            let contents = FolderContents(
                of: try Folder("\(root)/\(name)", shownAs: name), passesHidden: true)
            for file in contents.files {
                let path = "\(name)/\(file)"
                if FileKind(of: "\(root)/\(path)", followingLinks: true) == .folder {
                    entries.append(
                        .fault(path: path, reason: "it is a link to a folder, which is not followed"))
                } else {
                    entries.append(.file(path: path, concept: concept))
                }
            }
            for fault in contents.faults {
                entries.append(.fault(path: "\(name)/\(fault.path)", reason: fault.reason))
            }
        } catch {
            entries.append(.fault(path: name, reason: error.summary))
        }
    }

    var count: Int { entries.count }

    func name(_ index: Int, in place: String) -> String { RecordedPaths.join(place, entries[index].path) }

    func candidate(_ index: Int) -> Candidate {
        switch entries[index] {
        case .fault(_, let reason): return .refused(source: name(index), reason: reason)
        case .file(let path, let concept):
            do throws(Failure) {
                let bytes = try InputFile("\(root)/\(path)", shownAs: path).bytes(limit: ImageLimits().bytes)
                let (picture, format) = try ImageFile.decode(bytes, name: path)
                return .image(
                    RealImage(
                        source: name(index), bytes: bytes, format: format, picture: picture,
                        concept: concept.ids, split: split))
            } catch {
                return .refused(source: name(index), reason: error.summary)
            }
        }
    }

    /// Classes by what their folders are called.
    private struct Classes {
        private let keys, names: [String: ListedConcept]

        init(_ concepts: [ListedConcept]) {
            keys = Dictionary(concepts.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
            names = Dictionary(concepts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        }

        subscript(folder: String) -> ListedConcept? { keys[folder] ?? names[folder] }
    }
}
