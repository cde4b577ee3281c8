/// The work that a catalog's shards are made for: what they divide, and what keeps it from being done twice.
public enum ShardWork: String, CaseIterable, Sendable {
    /// Encoding captions.
    case embed
    /// Making images from conditionings.
    case generate
    /// Measuring images.
    case score

    /// The table of what is divided.
    public var table: String {
        switch self {
        case .embed: "caption"
        case .generate: "conditioning"
        case .score: "image"
        }
    }

    /// The ids of what nothing has been done on yet.
    var pending: String {
        switch self {
        case .embed:
            """
            SELECT id FROM caption WHERE status = 'accepted' AND strategy <> 'given' AND NOT EXISTS (
                SELECT 1 FROM conditioning WHERE caption_id = caption.id AND kind = 'text')
            """
        case .generate:
            """
            SELECT id FROM conditioning WHERE kind <> 'unconditional' AND NOT EXISTS (
                SELECT 1 FROM generation WHERE conditioning_id = conditioning.id)
            """
        case .score:
            "SELECT id FROM image WHERE NOT EXISTS (SELECT 1 FROM score WHERE image_id = image.id)"
        }
    }

    /// What has been done on the items already: tables whose rows hang on chosen ones by a column, one after another.
    var done: [(table: String, column: String, parent: String)] {
        switch self {
        case .embed: [("conditioning", "caption_id", "caption")]
        case .generate:
            [("generation", "conditioning_id", "conditioning"), ("image", "generation_id", "generation")]
        case .score: [("score", "image_id", "image")]
        }
    }
}
