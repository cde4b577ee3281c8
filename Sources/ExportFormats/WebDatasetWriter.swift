import Diagnostics
import JSONValues

/// Writes items as tar shards, one open shard a split.
final class WebDatasetWriter: ItemWriter {
    private let plan: ExportPlan
    private let directory: StagingDirectory
    private let columns: [ExportField]
    private var splits: [String: ShardSequence]
    private var format: ExportImageFormat?

    init(_ plan: ExportPlan, _ limits: ShardLimits, in directory: StagingDirectory) {
        self.plan = plan
        self.directory = directory
        columns = ExportRecord.columns(adding: plan.fields)
        splits = Dictionary(
            uniqueKeysWithValues: plan.splits.map { ($0.name, ShardSequence($0, limits, in: directory)) })
    }

    func append(_ item: ExportItem, index: Int, record: ExportRecord) throws(Failure) {
        // Readers take the members of the first samples for those of all, and drop or refuse the others.
        let format = format ?? item.format
        self.format = format
        guard item.format == format else {
            throw Failure(
                .badInput,
                "image \(item.uid) is \(item.format.rawValue), but the first was \(format.rawValue):"
                    + " the samples of a webdataset must all have the same members",
                hint: "Export as imagefolder, or freeze a variant that has one image format.")
        }
        let key = sampleKey(index)
        let json = record.text(place: (SampleMember.key, key), columns: columns)
        try splits[item.split]?.append([
            ("\(key).\(format.rawValue)", item.bytes),
            ("\(key).\(SampleMember.caption)", Array(item.caption.utf8)),
            ("\(key).\(SampleMember.label)", Array(String(item.label).utf8)),
            ("\(key).\(SampleMember.record)", Array(json.utf8)),
        ])
    }

    func finish() throws(Failure) -> (shards: [ExportShard], files: [ExportFile]) {
        var shards: [ExportShard] = []
        for split in plan.splits {
            if let sequence = splits[split.name] { shards += try sequence.finish() }
        }
        let sizes = JSONObject(shards.map { (key: $0.name, value: .integer($0.itemCount)) })
        return (shards, [try directory.write("sizes.json", JSONValue.object(sizes).text + "\n")])
    }
}

/// The shards of one split, numbered from 0 without a gap.
///
/// The items are dealt out evenly over as many shards as the limits ask for; a shard that reaches its limit of
/// bytes earlier is followed by one more.
private final class ShardSequence {
    private let split: ExportSplitPlan
    private let directory: StagingDirectory
    private let byteLimit: Int
    private let plannedShards: Int
    private var plannedEnd: Int
    private var planned = 1
    private var count = 0
    private var shards: [ExportShard] = []
    private var open: (name: String, start: Int, tar: TarWriter)?

    init(_ split: ExportSplitPlan, _ limits: ShardLimits, in directory: StagingDirectory) {
        self.split = split
        self.directory = directory
        byteLimit = limits.bytes
        let needed = (split.itemCount - 1) / limits.items + 1
        plannedShards = max(needed, min(limits.minimumShards, split.itemCount))
        plannedEnd = split.itemCount / plannedShards
    }

    func append(_ members: [(name: String, bytes: [UInt8])]) throws(Failure) {
        let size = members.reduce(0) { $0 + TarWriter.size(ofMember: $1.bytes.count) }
        if count == plannedEnd {
            planned += 1
            plannedEnd = Self.share(planned, of: split.itemCount, among: plannedShards)
            try close()
        } else if let open, open.tar.byteCount + size > byteLimit {
            try close()
        }
        let tar = try tarInUse()
        for member in members { try tar.append(member.name, member.bytes) }
        count += 1
    }

    func finish() throws(Failure) -> [ExportShard] {
        try close()
        return shards
    }

    private func tarInUse() throws(Failure) -> TarWriter {
        if let open { return open.tar }
        let name = ExportFormat.webDataset().shardName(split.name, shards.count)
        let tar = TarWriter(try directory.file(name))
        open = (name, count, tar)
        return tar
    }

    private func close() throws(Failure) {
        guard let (name, start, tar) = open else { return }
        open = nil
        let (byteCount, sha256) = try tar.close()
        shards.append(
            ExportShard(
                name: name, split: split.name, itemCount: count - start, byteCount: byteCount, sha256: sha256)
        )
    }

    /// How many of `count` items the first `shards` of `all` shards hold, without overflow.
    private static func share(_ shards: Int, of count: Int, among all: Int) -> Int {
        count / all * shards + count % all * shards / all
    }
}
