import Diagnostics
import Digests
import JSONValues

/// Writes the items of a snapshot as a directory that people hand to training.
public enum Export {
    /// Writes an export, reads it back, and only then gives it its name.
    ///
    /// The same plan, items, order and options give the same bytes. Until the end the files stand under a temporary
    /// name beside `directory`; whatever goes wrong, nothing is left of them. Where `directory` holds this very
    /// export already, as one leaves that was killed before it was recorded, it stays as it is.
    ///
    /// - Parameters:
    ///   - plan: what is to come.
    ///   - format: the layout.
    ///   - directory: where; it must not exist, be empty, or hold the same bytes.
    ///   - onReadBack: told now and then how many items were read back.
    ///   - next: gives the next item, nil after the last. It is called as the items are written, so that one
    ///     image at a time is in memory.
    /// - Returns: the manifest that was written; its digest names the export.
    /// - Throws: a failure that names the item, or the file that could not be written.
    @discardableResult
    public static func write(
        _ plan: ExportPlan, as format: ExportFormat, to directory: String,
        onReadBack: (Int) -> Void = { _ in }, next: () throws(Failure) -> ExportItem?
    ) throws(Failure) -> ExportManifest {
        let earlier = try? ExportManifest(readingFrom: directory)
        let mayBeThere = earlier?.snapshot == plan.snapshot && earlier?.format == format.name
        let staging = try StagingDirectory(for: directory, mayExist: mayBeThere)
        defer { staging.discard() }
        let splits = try writeItems(of: plan, format.makeWriter(plan, staging), next)
        let classes = try staging.write(ClassList.fileName, ClassList.text(plan.classes))
        let card = try staging.write("README.md", DatasetCard(plan, format, splits).text)
        let manifest = ExportManifest(
            format: format.name, title: plan.title, snapshot: plan.snapshot, splits: splits.written,
            fields: plan.fields, shards: splits.shards, files: [classes, card] + splits.files)
        _ = try staging.write(ExportManifest.fileName, manifest.text)
        if case .different(let differences) = try ExportVerification.verify(
            staging.path, knowing: [format], onReadBack: onReadBack)
        {
            throw Failure(
                .io, "the export reads back differently: \(differences.prefix(3).joined(separator: "; "))",
                hint: "Check the disk, and export again.")
        }
        if mayBeThere,
            try ExportVerification.verify(directory, knowing: [format]) == .verified(manifest.digest)
        {
            return manifest
        }
        try staging.publish(syncing: format.writesManyFiles)
        return manifest
    }

    private static func writeItems(
        of plan: ExportPlan, _ writer: any ItemWriter, _ next: () throws(Failure) -> ExportItem?
    ) throws(Failure) -> WrittenItems {
        let progress = Dictionary(
            uniqueKeysWithValues: plan.splits.map { ($0.name, SplitProgress(plan, $0)) })
        while let item = try next() {
            guard let split = progress[item.split] else {
                throw Failure(
                    .badInput,
                    "image \(item.uid) is in the split '\(item.split)', which the plan does not have",
                    hint: "Freeze the variant again, and export that snapshot.")
            }
            try ItemRules.check(item, plan)
            let record = ExportRecord(item, classes: plan.classes)
            let text = record.text(columns: ExportRecord.columns(adding: plan.fields))
            guard text.utf8.count <= ExportRecord.byteLimit else {
                throw Failure(
                    .badInput, "image \(item.uid) has texts of \(text.utf8.count) bytes",
                    hint: "Shorten its caption, or leave it out of the variant.")
            }
            try writer.append(item, index: try split.take(item, text), record: record)
        }
        for split in plan.splits { try progress[split.name]?.checkIsWhole() }
        let (shards, files) = try writer.finish()
        let taken = plan.splits.compactMap { progress[$0.name] }
        return WrittenItems(taken: taken, shards: shards, files: files)
    }
}

/// What was written of a plan.
struct WrittenItems {
    let taken: [SplitProgress]
    let shards: [ExportShard]
    let files: [ExportFile]

    var written: [ExportSplit] { taken.map(\.written) }
    /// The format of the images; of several, the one that came first.
    var imageFormat: ExportImageFormat { taken.first?.imageFormat ?? .png }
}

/// How far a split has come.
final class SplitProgress {
    let name: String
    private(set) var itemCount = 0
    /// How many items each class has.
    private(set) var classCounts: [Int]
    private(set) var imageFormat: ExportImageFormat?
    private let planned: Int
    private var hash = SHA256()

    init(_ plan: ExportPlan, _ split: ExportSplitPlan) {
        name = split.name
        planned = split.itemCount
        classCounts = [Int](repeating: 0, count: plan.classes.count)
    }

    /// Counts an item whose record is `text`; gives its place in the split.
    func take(_ item: ExportItem, _ text: String) throws(Failure) -> Int {
        guard itemCount < planned else { throw mismatch("more") }
        defer { itemCount += 1 }
        classCounts[item.label] += 1
        imageFormat = imageFormat ?? item.format
        hash.update(text.utf8)
        hash.update(CollectionOfOne(UInt8(ascii: "\n")))
        return itemCount
    }

    func checkIsWhole() throws(Failure) {
        guard itemCount == planned else { throw mismatch("only \(itemCount)") }
    }

    var written: ExportSplit { ExportSplit(name: name, itemCount: itemCount, sha256: hash.finalize()) }

    private func mismatch(_ came: String) -> Failure {
        Failure(
            .badInput, "the split '\(name)' was to get \(planned) items, but \(came) came",
            hint: "Freeze the variant again, and export that snapshot.")
    }
}

extension StagingDirectory {
    /// Writes a small text file.
    func write(_ name: String, _ text: String) throws(Failure) -> ExportFile {
        let file = try file(name)
        try file.write(Array(text.utf8))
        return ExportFile(name: name, byteCount: file.byteCount, sha256: try file.close(durably: true))
    }
}
