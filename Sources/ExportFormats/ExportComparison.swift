import Diagnostics
import Digests
import Files
import JSONValues

/// A file that is not as it was recorded.
public struct ExportFileDifference: Hashable, Sendable {
    /// In which way.
    public enum Kind: String, CaseIterable, Sendable {
        /// It was recorded, and is not there.
        case missing
        /// It has other bytes than were recorded.
        case altered
        /// It is there, and was not recorded.
        case added
        /// What it should be is said by a file that is itself missing or altered.
        case unproved
    }

    /// In which way.
    public let kind: Kind
    /// Its path relative to the export.
    public let path: String
    /// What it should be and is, in words.
    public let detail: String
}

/// Holds a directory against what was recorded of an export when it was written, file by file and byte by byte.
///
/// The record is the manifest's digest and the shards' names and digests. Every file is answered for by that: the
/// shards, the manifest, the files that the manifest names, and the images that lie single, whose digests a split's
/// metadata holds. Nothing is opened but files of the directory itself, and nothing is changed.
public struct ExportComparison {
    /// The files that are not as recorded, by path.
    public let differences: [ExportFileDifference]
    /// How many files are in the directory.
    public let fileCount: Int
    /// How many bytes they have.
    public let byteCount: Int

    /// Compares every file.
    ///
    /// - Parameters:
    ///   - directory: where the export is now.
    ///   - manifest: the recorded digest of its manifest.
    ///   - shards: the recorded digests of its shards, by path.
    /// - Throws: missingResource where there is no such directory.
    public init(
        of directory: String, manifest: Digest, shards: [String: Digest]
    ) throws(Failure) {
        guard FileKind(of: directory, followingLinks: true) == .folder else {
            throw Failure(
                .missingResource, "there is no directory \(directory)",
                hint: "Name a directory that figment export wrote.")
        }
        let directory = try Folder(directory)
        let contents = FolderContents(of: directory, passesHidden: false)
        let found = contents.files
        var digests: [String: Digest] = [:]
        var unreadable: [String: String] = [:]
        for fault in contents.faults { unreadable[fault.path] = fault.reason }
        var bytes = 0
        for path in found {
            do throws(Failure) {
                let file = try HashingReader(path, below: directory)
                bytes += file.byteCount
                digests[path] = try file.hash(file.byteCount).digest
            } catch {
                unreadable[path] = error.summary
            }
        }
        var expected = shards
        expected[ExportManifest.fileName] = manifest
        var doubts: [String] = []
        if digests[ExportManifest.fileName] == manifest {
            let content = try ExportManifest(readingFrom: directory)
            for file in content.files { expected[file.name] = file.sha256 }
            for shard in content.shards where try Self.holdsItems(apart: content) {
                guard digests[shard.name] == shard.sha256 else {
                    doubts.append("\(shard.split)/")
                    continue
                }
                try Self.readItems(of: shard, in: directory, into: &expected)
            }
        } else {
            doubts.append("")
        }
        differences = Set(expected.keys).union(found).union(unreadable.keys).sorted().compactMap { path in
            Self.difference(
                path, expected[path], digests[path], unreadable[path],
                isDoubtful: doubts.contains { path.hasPrefix($0) })
        }
        fileCount = found.count
        byteCount = bytes
    }

    private static func difference(
        _ path: String, _ expected: Digest?, _ found: Digest?, _ trouble: String?, isDoubtful: Bool
    ) -> ExportFileDifference? {
        func difference(_ kind: ExportFileDifference.Kind, _ detail: String) -> ExportFileDifference {
            ExportFileDifference(kind: kind, path: path, detail: detail)
        }
        if let trouble { return difference(expected == nil ? .added : .altered, trouble) }
        switch (expected, found) {
        case (nil, let found?):
            return difference(isDoubtful ? .unproved : .added, "SHA-256 \(found)")
        case (let expected?, nil): return difference(.missing, "recorded SHA-256 \(expected)")
        case (let expected?, let found?) where expected != found:
            return difference(.altered, "SHA-256 \(found), recorded \(expected)")
        default: return nil
        }
    }

    /// Whether a format's shards name images that lie single.
    private static func holdsItems(apart manifest: ExportManifest) throws(Failure) -> Bool {
        try ExportFormat.named(manifest.format).writesManyFiles
    }

    /// The digests of a split's images, each in the row that names its file.
    private static func readItems(
        of shard: ExportShard, in directory: Folder, into expected: inout [String: Digest]
    ) throws(Failure) {
        let file = try HashingReader(shard.name, below: directory)
        var number = 0
        while let line = try file.readLine(limit: 2 * ExportRecord.byteLimit) {
            number += 1
            let source = "\(shard.name), line \(number)"
            let row = try JSONFields(JSONValue(parsing: line, source: source), source: source)
            guard let digest = Digest(hex: try row.string("sha256")) else {
                throw Failure(.badInput, "\(source): 'sha256' is no SHA-256")
            }
            expected["\(shard.split)/\(try row.string(ImageFolderLayout.placeKey))"] = digest
        }
    }
}
