import Diagnostics
import Digests
import JSONValues

/// What an export says it holds: `manifest.json`, written last and hashed as the export's identity.
public struct ExportManifest: Hashable, Sendable {
    /// The name of the format.
    public let format: String
    /// The name for people.
    public let title: String
    /// The digest of the snapshot that was exported.
    public let snapshot: Digest
    /// The splits, with their counts and the digests of what they hold.
    public let splits: [ExportSplit]
    /// The columns beside the fixed ones.
    public let fields: [ExportField]
    /// The shards, split by split, in the order in which they are read.
    public let shards: [ExportShard]
    /// The files beside the shards, the manifest itself left out.
    public let files: [ExportFile]

    /// How many items there are in all splits.
    public var itemCount: Int { splits.reduce(0) { $0 + $1.itemCount } }

    /// The SHA-256 of the manifest file: it covers every byte of the export, and so names it.
    public var digest: Digest { SHA256.digest(of: text.utf8) }

    /// The file's name.
    static let fileName = "manifest.json"
    /// The version of this description of a manifest.
    static let version = 1

    /// The content of the file.
    var text: String {
        let json: JSONValue = [
            "format": .string(format), "version": .integer(Self.version), "title": .string(title),
            "snapshot": .string(snapshot.hex), "item_count": .integer(itemCount),
            "splits": .array(splits.map(\.json)),
            "fields": .array(
                fields.map { ["name": .string($0.name), "type": .string($0.kind.rawValue)] }),
            "shards": .array(shards.map(\.json)),
            "files": .array(files.map(\.json)),
        ]
        return json.text + "\n"
    }
}

/// A split of an export as it was written.
public struct ExportSplit: Hashable, Sendable {
    /// Its name.
    public let name: String
    /// How many items it has.
    public let itemCount: Int
    /// The SHA-256 of the items' records in order, each as compact JSON and a line feed.
    ///
    /// A record names the SHA-256
    /// of its image, and says nothing of files: every format gives the same digest to the same items.
    public let sha256: Digest

    var json: JSONValue {
        ["name": .string(name), "item_count": .integer(itemCount), "sha256": .string(sha256.hex)]
    }
}

/// A file that holds a part of a split.
public struct ExportShard: Hashable, Sendable {
    /// Its path relative to the export.
    public let name: String
    /// The split it is a part of.
    public let split: String
    /// How many items it has.
    public let itemCount: Int
    /// Its size in bytes.
    public let byteCount: Int
    /// The digest of its bytes.
    public let sha256: Digest

    var json: JSONValue {
        [
            "name": .string(name), "split": .string(split), "item_count": .integer(itemCount),
            "byte_count": .integer(byteCount), "sha256": .string(sha256.hex),
        ]
    }
}

/// A file of an export that holds no items.
public struct ExportFile: Hashable, Sendable {
    /// Its path relative to the export.
    public let name: String
    /// Its size in bytes.
    public let byteCount: Int
    /// The digest of its bytes.
    public let sha256: Digest

    var json: JSONValue {
        ["name": .string(name), "byte_count": .integer(byteCount), "sha256": .string(sha256.hex)]
    }
}
