import Diagnostics
import Digests
import Files

/// What reading an export back came to.
public enum ExportVerdict: Hashable, Sendable {
    /// Every byte is as the manifest says, and every item as it was given; the digest is the manifest's.
    case verified(Digest)
    /// What is otherwise: at most a hundred findings that name file and member.
    case different([String])
}

/// Reads exports back from disk and holds them against their manifests.
public enum ExportVerification {
    /// Reads every file of an export.
    ///
    /// Checked are the digest and size of every file, the members of every sample, the type of every column, labels
    /// and classes, each image's digest, that no image comes twice, each split's count and digest, and that the
    /// directory holds nothing else. Damage is a difference, not an error, and nothing is changed.
    ///
    /// - Parameters:
    ///   - directory: the export.
    ///   - onReadBack: told now and then how many items were read.
    /// - Throws: a failure where the directory has no manifest, or one that is not ours.
    public static func verify(
        _ directory: String, onReadBack: (Int) -> Void = { _ in }
    ) throws(Failure) -> ExportVerdict {
        try verify(directory, knowing: ExportFormat.all, onReadBack: onReadBack)
    }

    /// Reads an export that is of one of `formats`.
    static func verify(
        _ directory: String, knowing formats: [ExportFormat], onReadBack: (Int) -> Void = { _ in }
    ) throws(Failure) -> ExportVerdict {
        let directory = try Folder(directory)
        let manifest = try ExportManifest(readingFrom: directory)
        guard let format = formats.first(where: { $0.name == manifest.format }) else {
            throw Failure(
                .badInput,
                "\(directory.path)/\(ExportManifest.fileName): unknown format '\(manifest.format)'",
                hint: "Read it with the version of Figment that wrote it.")
        }
        let differences = withoutActuallyEscaping(onReadBack) { onReadBack in
            compare(directory, manifest, format, onReadBack)
        }
        return differences.isEmpty ? .verified(manifest.digest) : .different(differences)
    }

    private static func compare(
        _ directory: Folder, _ manifest: ExportManifest, _ format: ExportFormat,
        _ onReadBack: @escaping (Int) -> Void
    ) -> [String] {
        let classes: [ExportClass]
        do {
            classes = try ClassList.read(from: directory)
        } catch {
            return [error.summary]
        }
        let checker = ItemChecker(
            manifest, classes: classes, placeKey: format.placeKey, onReadBack: onReadBack)
        checkNames(of: manifest, format, &checker.differences)
        // A shard of another name could lie anywhere; nothing is opened under it.
        guard checker.differences.summary.isEmpty else { return checker.differences.summary }
        for file in manifest.files { check(file, in: directory, &checker.differences) }
        checkTopLevel(of: directory, manifest, &checker.differences)
        format.readBack(directory, manifest, checker)
        checker.finish()
        return checker.differences.summary
    }

    /// Checks that shards and files are called as the format calls them.
    private static func checkNames(
        of manifest: ExportManifest, _ format: ExportFormat, _ differences: inout Differences
    ) {
        var counts: [String: Int] = [:]
        for shard in manifest.shards {
            let index = counts[shard.split, default: 0]
            counts[shard.split] = index + 1
            if shard.name != format.shardName(shard.split, index) {
                differences.add("the manifest's shard '\(shard.name)' is out of order")
            }
        }
        if Set(counts.keys) != Set(manifest.splits.map(\.name)) {
            differences.add("the manifest has shards for other splits than it has")
        }
        for file in manifest.files
        where FileName(file.name) == nil || file.name.utf8.first == UInt8(ascii: ".") {
            differences.add("the manifest's file '\(file.name)' is outside of the export")
        }
    }

    private static func check(
        _ expected: ExportFile, in directory: Folder, _ differences: inout Differences
    ) {
        do {
            let file = try HashingReader(expected.name, below: directory)
            let digest = try file.hash(file.byteCount).digest
            if file.byteCount != expected.byteCount || digest != expected.sha256 {
                differences.add("\(expected.name) was altered")
            }
        } catch {
            differences.add(error.summary)
        }
    }

    /// A stray shard would be trained on by everyone who names shards with a pattern.
    private static func checkTopLevel(
        of directory: Folder, _ manifest: ExportManifest, _ differences: inout Differences
    ) {
        let paths = manifest.shards.map(\.name) + manifest.files.map(\.name) + [ExportManifest.fileName]
        let known = Set(paths.compactMap { Path.names(of: $0).first })
        do {
            let entries = try directory.entries()
            for entry in entries.names + entries.unnamed where !known.contains(entry) {
                differences.add("\(entry) is not of this export")
            }
        } catch {
            differences.add(error.summary)
        }
    }
}
