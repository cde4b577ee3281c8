import Diagnostics

/// How big the shards of a WebDataset become.
public struct ShardLimits: Hashable, Sendable {
    /// The most items of a shard.
    public let items: Int
    /// The most bytes of a shard; an item that is bigger alone gets a shard of its own.
    public let bytes: Int
    /// The fewest shards of a split, so that every worker of a training has one.
    ///
    /// A split with fewer items gets
    /// one a shard.
    public let minimumShards: Int

    /// Makes limits, each at least 1.
    ///
    /// - Throws: a failure that names the limit which is not.
    public init(items: Int = 10_000, bytes: Int = 1 << 30, minimumShards: Int = 1) throws(Failure) {
        for (name, limit) in [("items", items), ("bytes", bytes), ("shards", minimumShards)] {
            guard (1...(1 << 40)).contains(limit) else {
                throw Failure(
                    .usage, "the limit of \(name) is \(limit)", hint: "Give a number of at least 1.")
            }
        }
        self = ShardLimits(unchecked: items, bytes, minimumShards)
    }

    /// 10,000 items or 1 GiB a shard.
    public static let standard = ShardLimits(unchecked: 10_000, 1 << 30, 1)

    private init(unchecked items: Int, _ bytes: Int, _ minimumShards: Int) {
        self.items = items
        self.bytes = bytes
        self.minimumShards = minimumShards
    }
}

extension ExportFormat {
    /// Tar shards `SPLIT-000000.tar` for webdataset, Hugging Face datasets, open_clip and their like.
    ///
    /// A sample is four members with one key: the image, its caption as `txt`, its label as `cls`, its record as
    /// `json`. `sizes.json` gives each shard's count.
    public static func webDataset(_ limits: ShardLimits = .standard) -> ExportFormat {
        ExportFormat(
            name: "webdataset", writesManyFiles: false,
            pattern: { "\($0)-*.tar" },
            shardName: { "\($0)-\(shardNumber($1)).tar" },
            placeKey: SampleMember.key,
            makeWriter: { WebDatasetWriter($0, limits, in: $1) },
            readBack: { WebDatasetReader(directory: $0, manifest: $1, checker: $2).readBack() },
            features: features,
            usage: { plan in
                """
                ```python
                import webdataset

                samples = webdataset.WebDataset("\(plan.splits[0].name)-000000.tar").decode("pil")
                ```

                A sample has the members `png` or `jpg` (the image), `txt` (its caption), `cls` (its label) and
                `json` (everything else). `sizes.json` gives the number of samples of every shard.
                """
            })
    }

    /// All columns with their types; those not listed here would be dropped, and types be guessed from five samples.
    private static func features(_ plan: ExportPlan, _ format: ExportImageFormat) -> [DatasetFeature] {
        let columns = [ExportField(SampleMember.key, .string)] + ExportRecord.columns(adding: plan.fields)
        return [
            DatasetFeature(format.rawValue, .image), DatasetFeature(SampleMember.caption, .value(.string)),
            DatasetFeature(SampleMember.label, .classLabel(plan.classes)),
            DatasetFeature(SampleMember.record, .record(columns)),
            DatasetFeature("__key__", .value(.string)), DatasetFeature("__url__", .value(.string)),
        ]
    }

    /// A shard's number in six digits.
    private static func shardNumber(_ index: Int) -> String {
        let digits = String(index)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}

/// The members of a sample, in the order in which they stand in a shard.
enum SampleMember {
    static let caption = "txt"
    static let label = "cls"
    static let record = "json"
    /// The column of the record that repeats the sample's key.
    static let key = "key"
}
