import Diagnostics

/// Everything below a folder, and every place in it that could not be looked into.
public struct FolderContents: Sendable {
    /// A place that was not looked into.
    public struct Fault: Hashable, Sendable {
        /// Its path in the folder.
        public let path: String
        /// Why.
        public let reason: String
    }

    /// All that is no folder, by its path in the folder, in the order of names.
    public private(set) var files: [String] = []
    /// The folders that could not be read, and the names that are not UTF-8.
    public private(set) var faults: [Fault] = []

    /// How deep folders may lie in one another.
    private static let depthLimit = 64

    /// Looks through a folder and those in it; links are listed, and not followed.
    ///
    /// - Parameter passesHidden: whether names that begin with a dot are passed over.
    public init(of folder: Folder, passesHidden: Bool) {
        look(into: folder, at: "", depth: 0, passesHidden)
    }

    private mutating func look(into folder: Folder, at prefix: String, depth: Int, _ passesHidden: Bool) {
        let entries: FolderEntries
        do {
            entries = try folder.entries()
        } catch {
            faults.append(
                Fault(path: prefix.isEmpty ? "." : String(prefix.dropLast()), reason: error.summary))
            return
        }
        for name in entries.unnamed {
            faults.append(Fault(path: prefix + name, reason: "the name is not UTF-8"))
        }
        for text in entries.names where !passesHidden || text.utf8.first != UInt8(ascii: ".") {
            let path = prefix + text
            guard let name = FileName(text) else {
                faults.append(Fault(path: path, reason: "the name holds a control character"))
                continue
            }
            guard folder.kind(of: name) == .folder else {
                files.append(path)
                continue
            }
            guard depth < Self.depthLimit else {
                faults.append(Fault(path: path, reason: "it lies deeper than \(Self.depthLimit) folders"))
                continue
            }
            do {
                look(into: try Folder(name, in: folder), at: path + "/", depth: depth + 1, passesHidden)
            } catch {
                faults.append(Fault(path: path, reason: error.summary))
            }
        }
    }
}
