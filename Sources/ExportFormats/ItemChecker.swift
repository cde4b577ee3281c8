import Diagnostics
import Digests
import JSONValues

/// What was found wrong, in the order in which it was found.
struct Differences {
    private(set) var list: [String] = []
    private var unlisted = 0

    /// More than this many tell nobody more.
    private static let limit = 100

    /// Adds a difference, in words that name the file.
    mutating func add(_ difference: String) {
        if list.count < Self.limit { list.append(difference) } else { unlisted += 1 }
    }

    /// All differences; where there were too many, the last line says how many more.
    var summary: [String] { unlisted == 0 ? list : list + ["and \(unlisted) more"] }
}

/// Holds what is read back against the manifest: item by item, then split by split.
///
/// In memory it has 16 bytes for each item, to see that no image comes twice.
final class ItemChecker {
    var differences = Differences()
    private let manifest: ExportManifest
    let classes: [ExportClass]
    private let placeKey: String
    private let columns: [ExportField]
    private let onReadBack: (Int) -> Void
    private var tallies: [String: (count: Int, hash: SHA256)] = [:]
    private var uids: [UID] = []

    init(
        _ manifest: ExportManifest, classes: [ExportClass], placeKey: String,
        onReadBack: @escaping (Int) -> Void
    ) {
        self.manifest = manifest
        self.classes = classes
        self.placeKey = placeKey
        self.onReadBack = onReadBack
        columns = ExportRecord.columns(adding: manifest.fields)
    }

    /// How many items of a split came so far; the key of the next follows from it.
    func count(of split: String) -> Int { tallies[split]?.count ?? 0 }

    /// Takes the next item of a split.
    ///
    /// - Parameters:
    ///   - json: the record as it was read.
    ///   - split: the split in whose files it stood.
    ///   - place: where its image was looked for, as the record must say.
    ///   - image: the digest of the image's bytes.
    ///   - source: the file and the place in it, for messages.
    /// - Returns: the record, or nil where it is none.
    @discardableResult
    func take(
        _ json: JSONValue, split: String, place: String, image: Digest, source: String
    ) -> ExportRecord? {
        defer { if count(of: split).isMultiple(of: 1000) { onReadBack(uids.count) } }
        tallies[split, default: (0, SHA256())].count += 1
        let record: ExportRecord
        do {
            record = try ExportRecord(json, place: (placeKey, place), columns: columns, source: source)
        } catch {
            differences.add(error.summary)
            return nil
        }
        tallies[split]?.hash.update((record.text(columns: columns) + "\n").utf8)
        if let uid = record.uid { uids.append(uid) } else { differences.add("\(source): 'uid' is no uid") }
        if record.split != split { differences.add("\(source): 'split' is not '\(split)'") }
        if record.sha256 != image { differences.add("\(source): the image is not the one of 'sha256'") }
        if let label = record.label, classes.indices.contains(label) {
            let itsClass = classes[label]
            if record.className != itsClass.name || record.classKey != itsClass.key {
                differences.add("\(source): 'class' and 'class_key' are not those of the label \(label)")
            }
        } else {
            differences.add("\(source): 'label' is none of the \(classes.count) labels")
        }
        return record
    }

    /// Counts an item that could not be read at all, and says why.
    func miss(split: String, _ difference: String) {
        tallies[split, default: (0, SHA256())].count += 1
        differences.add(difference)
    }

    /// Compares what came with what the manifest says.
    func finish() {
        for split in manifest.splits {
            let count = count(of: split.name)
            if count != split.itemCount {
                differences.add("the split \(split.name) has \(count) items, not \(split.itemCount)")
            } else if tallies[split.name]?.hash.finalize() != split.sha256 {
                differences.add("the split \(split.name) holds other items than were exported")
            }
        }
        uids.sort()
        for (one, next) in zip(uids, uids.dropFirst()) where one == next {
            differences.add("the image \(one) is there twice")
        }
        onReadBack(uids.count)
    }
}
