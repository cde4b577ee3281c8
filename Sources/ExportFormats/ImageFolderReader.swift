import Diagnostics
import Digests
import Files
import JSONValues

/// Reads an image folder back in both directions: from each row to its file, and from each file to its row.
struct ImageFolderReader {
    let directory: Folder
    let manifest: ExportManifest
    let checker: ItemChecker
    /// Where images stand, none placed yet.
    let layout: ImageFolderLayout

    /// Reads every split.
    func readBack() {
        for shard in manifest.shards {
            do {
                checkFiles(shard, try readRows(shard))
            } catch {
                checker.differences.add(error.summary)
            }
        }
    }

    /// Where the image of a row stands: 16 bytes a row are kept to find it again.
    private struct Placement {
        let label: Int32
        let folder: Int32
        let format: ExportImageFormat
    }

    private func readRows(_ shard: ExportShard) throws(Failure) -> [Placement?] {
        var layout = layout
        var placements: [Placement?] = []
        let file = try HashingReader(shard.name, below: directory)
        while let line = try file.readLine(limit: 2 * ExportRecord.byteLimit) {
            let source = "\(shard.name), line \(placements.count + 1)"
            do {
                placements.append(try readRow(line, shard, &layout, index: placements.count, source))
            } catch {
                placements.append(nil)
                checker.miss(split: shard.split, error.summary)
            }
        }
        if placements.count != shard.itemCount {
            checker.differences.add(
                "\(shard.name) has \(placements.count) rows, not \(shard.itemCount)")
        }
        if file.byteCount != shard.byteCount || file.digest != shard.sha256 {
            checker.differences.add("\(shard.name) was altered")
        }
        return placements
    }

    private func readRow(
        _ line: ArraySlice<UInt8>, _ shard: ExportShard, _ layout: inout ImageFolderLayout, index: Int,
        _ source: String
    ) throws(Failure) -> Placement {
        let json = try JSONValue(parsing: line, source: source)
        let fileName = json.object?[ImageFolderLayout.placeKey]?.string ?? ""
        let format = ExportImageFormat.allCases.first { fileName.hasSuffix(".\($0.rawValue)") }
        guard let format, let label = json.object?["label"]?.integer, layout.folders.indices.contains(label)
        else {
            throw Failure(.badInput, "\(source): 'file_name' or 'label' is none of this export's")
        }
        // Only the path that follows from the row's place is ever opened, whatever the row says.
        let folder = layout.nextFolder(of: label)
        let path = layout.path(
            label: label, folder: folder, file: "\(sampleKey(index)).\(format.rawValue)")
        let digest = try digest(of: "\(shard.split)/\(path)", source)
        checker.take(json, split: shard.split, place: path, image: digest, source: source)
        return Placement(label: Int32(label), folder: Int32(folder), format: format)
    }

    private func digest(of path: String, _ source: String) throws(Failure) -> Digest {
        do {
            let image = try HashingReader(path, below: directory)
            return try image.hash(image.byteCount).digest
        } catch {
            throw Failure(error.kind, "\(source): \(error.summary)")
        }
    }

    private func checkFiles(_ shard: ExportShard, _ placements: [Placement?]) {
        let labels = Dictionary(uniqueKeysWithValues: layout.folders.enumerated().map { ($1, $0) })
        let metadata = ImageFolderLayout.metadata(of: shard.split)
        guard let split = FileName(shard.split).flatMap({ folder($0, in: directory) }) else { return }
        for entry in entries(of: split) where "\(shard.split)/\(entry)" != metadata {
            let path = "\(shard.split)/\(entry)"
            guard let label = labels[entry], let name = FileName(entry), split.kind(of: name) == .folder,
                let folder = folder(name, in: split)
            else {
                checker.differences.add("\(path) is not of this export")
                continue
            }
            checkFiles(in: folder, path, label: label, number: 0, placements)
        }
    }

    /// Looks for the row of every file of a class's folder, and of the numbered folders in it.
    private func checkFiles(
        in folder: Folder, _ path: String, label: Int, number: Int, _ placements: [Placement?]
    ) {
        let files = entries(of: folder)
        if files.isEmpty { checker.differences.add("\(path) is empty") }
        for file in files {
            if number == 0, let inner = Int(file), inner > 0, ImageFolderLayout.folderName(inner) == file,
                let name = FileName(file), folder.kind(of: name) == .folder,
                let inside = self.folder(name, in: folder)
            {
                checkFiles(in: inside, "\(path)/\(file)", label: label, number: inner, placements)
            } else if let index = Int(file.prefix { $0 != "." }), placements.indices.contains(index),
                let row = placements[index], row.label == label, row.folder == number,
                file == "\(sampleKey(index)).\(row.format.rawValue)"
            {
                continue
            } else {
                checker.differences.add("\(path)/\(file) has no row")
            }
        }
    }

    /// A folder that can be opened; that it cannot is a difference.
    private func folder(_ name: FileName, in parent: Folder) -> Folder? {
        do {
            return try Folder(name, in: parent)
        } catch {
            checker.differences.add(error.summary)
            return nil
        }
    }

    private func entries(of folder: Folder) -> [String] {
        do {
            let entries = try folder.entries()
            return entries.names + entries.unnamed
        } catch {
            checker.differences.add(error.summary)
            return []
        }
    }
}
