import Diagnostics
import Digests

/// What an export is to hold, known before the first item comes.
public struct ExportPlan: Sendable {
    /// A name for people, such as the variant's.
    public let title: String
    /// The digest of the snapshot that is exported.
    public let snapshot: Digest
    /// The splits, with how many items each will get.
    public let splits: [ExportSplitPlan]
    /// The classes; a label is a place in this list.
    public let classes: [ExportClass]
    /// The columns beside the fixed ones.
    public let fields: [ExportField]

    /// Makes a plan of splits with at least one item, and of at least one class.
    ///
    /// - Throws: a failure where a name cannot be a file's or a column's, or occurs twice.
    public init(
        title: String, snapshot: Digest, splits: [ExportSplitPlan], classes: [ExportClass],
        fields: [ExportField] = []
    ) throws(Failure) {
        self.title = title
        self.snapshot = snapshot
        self.splits = splits
        self.classes = classes
        self.fields = fields
        try check()
    }

    private func check() throws(Failure) {
        guard !splits.isEmpty, splits.allSatisfy({ $0.itemCount > 0 }) else {
            throw Failure(
                .badInput, "there is nothing to export: no split, or a split without items",
                hint: "Check that the snapshot has items, and name only splits that have some.")
        }
        guard splits.count <= Self.splitLimit else {
            throw Failure(
                .badInput, "the items stand in \(splits.count) splits, more than \(Self.splitLimit)",
                hint: "Give the variant a split column with few values, such as train and test.")
        }
        guard !classes.isEmpty else {
            throw Failure(
                .badInput, "there is no class to export under",
                hint: "Name at least one class, if need be one for unlabelled images.")
        }
        try check(splits.map(\.name), "split", reserved: { $0 == "all" })
        try check(fields.map(\.name), "column", reserved: ExportRecord.isReserved)
    }

    private func check(
        _ names: [String], _ what: String, reserved: (String) -> Bool
    ) throws(Failure) {
        var seen: Set<String> = []
        for name in names {
            guard Self.isName(name) else {
                throw Failure(
                    .badInput, "'\(name)' cannot be the name of a \(what)",
                    hint: "Use up to 40 lowercase letters, digits and underscores, a letter first.")
            }
            guard !reserved(name) else {
                throw Failure(
                    .badInput, "'\(name)' cannot be the name of a \(what): readers of exports use it",
                    hint: "Choose another name for it.")
            }
            guard seen.insert(name).inserted else {
                throw Failure(
                    .badInput, "the \(what) '\(name)' is named twice", hint: "Name each \(what) once.")
            }
        }
    }

    /// One file is open per split while shards are written.
    static let splitLimit = 64

    /// Whether a text is safe as a part of a file name, a split's name and a column's name at once.
    static func isName(_ text: String) -> Bool {
        let utf8 = text.utf8
        return (1...40).contains(utf8.count) && utf8.first.map { (0x61...0x7A).contains($0) } == true
            && utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }
}

/// A split that an export is to have.
public struct ExportSplitPlan: Hashable, Sendable {
    /// Its name, such as `train`.
    public let name: String
    /// How many items it will get, at least one.
    public let itemCount: Int

    /// Makes a split of a name and a count.
    public init(_ name: String, itemCount: Int) {
        self.name = name
        self.itemCount = itemCount
    }
}

/// A class of an export; its place in the list is its label.
public struct ExportClass: Hashable, Sendable {
    /// Its name for people.
    public let name: String
    /// Its key in the vocabulary, such as a WordNet identifier; may be empty.
    public let key: String

    /// Makes a class of a name and a key.
    public init(name: String, key: String = "") {
        self.name = name
        self.key = key
    }
}
