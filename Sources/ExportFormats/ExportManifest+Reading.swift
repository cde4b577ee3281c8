import Diagnostics
import Digests
import Files
import JSONValues

extension ExportManifest {
    /// Reads the manifest of an export.
    ///
    /// - Parameter directory: the export.
    /// - Throws: a failure where there is none, or where it is not one of ours.
    public init(readingFrom directory: String) throws(Failure) {
        try self.init(readingFrom: Folder(directory))
    }

    init(readingFrom directory: Folder) throws(Failure) {
        let file: HashingReader
        do {
            file = try HashingReader(Self.fileName, below: directory)
        } catch  where error.kind == .missingResource {
            throw Failure(
                .missingResource, "\(directory.path) is no export: it has no \(Self.fileName)",
                hint: "Name a directory that figment export wrote.")
        }
        let path = file.path
        guard file.byteCount <= Self.byteLimit else {
            throw Failure(.badInput, "\(path) has \(file.byteCount) bytes, more than \(Self.byteLimit)")
        }
        let text = try file.read(file.byteCount)
        let fields = try JSONFields(JSONValue(parsing: text, source: path), source: path)
        guard try fields.integer("version") == Self.version else {
            throw Failure(
                .badInput, "\(path) is of another version than \(Self.version)",
                hint: "Read it with the version of Figment that wrote it.")
        }
        format = try fields.string("format")
        title = try fields.string("title")
        snapshot = try fields.digest("snapshot")
        splits = try fields.objects("splits") { split throws(Failure) in
            ExportSplit(
                name: try split.name("name"), itemCount: try split.count("item_count"),
                sha256: try split.digest("sha256"))
        }
        self.fields = try fields.objects("fields") { field throws(Failure) in
            let type = try field.string("type")
            guard let kind = ExportField.Kind(rawValue: type) else {
                throw Failure(.badInput, "\(field.source): unknown type '\(type)'")
            }
            return ExportField(try field.name("name"), kind)
        }
        shards = try fields.objects("shards") { shard throws(Failure) in
            ExportShard(
                name: try shard.string("name"), split: try shard.name("split"),
                itemCount: try shard.count("item_count"), byteCount: try shard.count("byte_count"),
                sha256: try shard.digest("sha256"))
        }
        files = try fields.objects("files") { file throws(Failure) in
            ExportFile(
                name: try file.string("name"), byteCount: try file.count("byte_count"),
                sha256: try file.digest("sha256"))
        }
        guard try fields.integer("item_count") == itemCount, self.text.utf8.elementsEqual(text) else {
            throw Failure(
                .badInput, "\(path) was altered: it is not as Figment writes it",
                hint: "Export the snapshot again.")
        }
    }

    private static let byteLimit = 1 << 28
}

extension JSONFields {
    /// Reads a SHA-256 of 64 hexadecimal digits.
    fileprivate func digest(_ key: String) throws(Failure) -> Digest {
        guard let digest = Digest(hex: try string(key)) else {
            throw Failure(.badInput, "\(source): '\(key)' is no SHA-256")
        }
        return digest
    }

    /// Reads a number of things, small enough that sums of such do not overflow.
    fileprivate func count(_ key: String) throws(Failure) -> Int {
        let count = try integer(key)
        guard (0...(1 << 48)).contains(count) else {
            throw Failure(.badInput, "\(source): '\(key)' is \(count), which is no count")
        }
        return count
    }

    /// Reads a name that is safe as a part of a path.
    fileprivate func name(_ key: String) throws(Failure) -> String {
        let name = try string(key)
        guard ExportPlan.isName(name) else {
            throw Failure(.badInput, "\(source): '\(key)' is no name")
        }
        return name
    }

    /// Reads a list of objects.
    fileprivate func objects<Element>(
        _ key: String, _ read: (JSONFields) throws(Failure) -> Element
    ) throws(Failure) -> [Element] {
        guard let array = value(key)?.array else {
            throw Failure(.badInput, "\(source) has no list '\(key)'")
        }
        var elements: [Element] = []
        for (index, element) in array.enumerated() {
            elements.append(try read(JSONFields(element, source: "\(source), \(key)[\(index)]")))
        }
        return elements
    }
}
