import Diagnostics

/// Writes items as image files, and a row for each into its split's metadata.
final class ImageFolderWriter: ItemWriter {
    private let plan: ExportPlan
    private let directory: StagingDirectory
    private var splits: [String: SplitFolder] = [:]

    private let layout: ImageFolderLayout

    init(_ plan: ExportPlan, _ layout: ImageFolderLayout, in directory: StagingDirectory) {
        self.plan = plan
        self.layout = layout
        self.directory = directory
    }

    func append(_ item: ExportItem, index: Int, record: ExportRecord) throws(Failure) {
        let folder: SplitFolder
        if let known = splits[item.split] {
            folder = known
        } else {
            folder = try SplitFolder(item.split, plan, layout, in: directory)
            splits[item.split] = folder
        }
        try folder.append(item, index, record)
    }

    func finish() throws(Failure) -> (shards: [ExportShard], files: [ExportFile]) {
        var shards: [ExportShard] = []
        for split in plan.splits {
            if let folder = splits[split.name] { shards.append(try folder.finish()) }
        }
        return (shards, [])
    }
}

/// The folder of one split.
private final class SplitFolder {
    private let split: String
    private let columns: [ExportField]
    private let directory: StagingDirectory
    private let metadata: OutputFile
    private var layout: ImageFolderLayout
    private var count = 0

    init(
        _ split: String, _ plan: ExportPlan, _ layout: ImageFolderLayout, in directory: StagingDirectory
    ) throws(Failure) {
        self.split = split
        self.directory = directory
        columns = ExportRecord.columns(adding: plan.fields)
        self.layout = layout
        metadata = try directory.file(ImageFolderLayout.metadata(of: split))
    }

    func append(_ item: ExportItem, _ index: Int, _ record: ExportRecord) throws(Failure) {
        let path = layout.path(
            label: item.label, folder: layout.nextFolder(of: item.label),
            file: "\(sampleKey(index)).\(item.format.rawValue)")
        let file = try directory.file("\(split)/\(path)")
        try file.write(item.bytes)
        try file.close(durably: false)
        let row = record.text(place: (ImageFolderLayout.placeKey, path), columns: columns) + "\n"
        try metadata.write(Array(row.utf8))
        count += 1
    }

    func finish() throws(Failure) -> ExportShard {
        ExportShard(
            name: ImageFolderLayout.metadata(of: split), split: split, itemCount: count,
            byteCount: metadata.byteCount, sha256: try metadata.close(durably: true))
    }
}
