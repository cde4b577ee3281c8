import Diagnostics
import Files

/// A way to lay a dataset out on disk for readers that exist.
///
/// Each format is a file of its own beside this one, which adds a static member here and a line in `all`.
public struct ExportFormat: Sendable {
    /// Its name on the command line and in manifests.
    public let name: String
    /// Whether its files are left to the disk's own pace and waited for at the end, all at once.
    let writesManyFiles: Bool
    /// The files that hold a split, as a pattern relative to the export.
    let pattern: @Sendable (_ split: String) -> String
    /// The name of a split's shard.
    let shardName: @Sendable (_ split: String, _ index: Int) -> String
    /// The member of a record that says where the image is.
    let placeKey: String
    /// Begins to write.
    let makeWriter: @Sendable (ExportPlan, StagingDirectory) -> any ItemWriter
    /// Reads every item back, shard by shard, and every other file there is.
    let readBack: @Sendable (_ directory: Folder, ExportManifest, ItemChecker) -> Void
    /// The columns as `datasets` is told them in the export's README; empty where it reads them off the files.
    let features: @Sendable (ExportPlan, ExportImageFormat) -> [DatasetFeature]
    /// What people should know of the layout, for the export's README.
    let usage: @Sendable (ExportPlan) -> String

    /// Every format, with the default options.
    public static let all: [ExportFormat] = [.webDataset(), .imageFolder]

    /// The format of a name.
    ///
    /// - Throws: a failure that lists the names there are.
    public static func named(_ name: String) throws(Failure) -> ExportFormat {
        guard let format = all.first(where: { $0.name == name }) else {
            throw Failure(
                .usage, "there is no export format '\(name)'",
                hint: "Use one of: \(all.map(\.name).joined(separator: ", ")).")
        }
        return format
    }
}

/// Lays items out in a directory; each split's items come in order, the splits as they like.
protocol ItemWriter: AnyObject {
    /// Writes an item of which everything was checked.
    ///
    /// - Parameters:
    ///   - item: the item.
    ///   - index: its place among the items of its split, from 0.
    ///   - record: what is said of it.
    func append(_ item: ExportItem, index: Int, record: ExportRecord) throws(Failure)

    /// Finishes every shard, and writes the files of the format's own.
    ///
    /// - Returns: the shards in the plan's order of splits, then the other files.
    func finish() throws(Failure) -> (shards: [ExportShard], files: [ExportFile])
}

/// The name that a sample has in its split: its place there, in nine digits.
func sampleKey(_ index: Int) -> String {
    let digits = String(index)
    return String(repeating: "0", count: max(0, 9 - digits.count)) + digits
}
