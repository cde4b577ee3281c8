import Diagnostics
import Digests
import Files
import JSONValues

/// Reads tar shards back, sample by sample, in the only order that the writer knows.
struct WebDatasetReader {
    let directory: Folder
    let manifest: ExportManifest
    let checker: ItemChecker

    /// Reads every shard; what is wrong with one does not keep the others from being read.
    func readBack() {
        var format: ExportImageFormat?
        for shard in manifest.shards {
            do {
                try read(shard, &format)
            } catch {
                checker.differences.add(error.summary)
            }
        }
    }

    private func read(_ shard: ExportShard, _ format: inout ExportImageFormat?) throws(Failure) {
        let tar = try TarReader(shard.name, below: directory)
        let before = checker.count(of: shard.split)
        do {
            while let header = try tar.next() { try readSample(header, tar, shard, &format) }
        } catch {
            checker.differences.add(error.summary)
        }
        let count = checker.count(of: shard.split) - before
        if count != shard.itemCount {
            checker.differences.add("\(shard.name) has \(count) items, not \(shard.itemCount)")
        }
        if tar.byteCount != shard.byteCount {
            checker.differences.add("\(shard.name) has \(tar.byteCount) bytes, not \(shard.byteCount)")
        } else if try tar.digest() != shard.sha256 {
            checker.differences.add("\(shard.name) was altered")
        }
    }

    /// Reads a sample whose first member is at hand; other members, or another order, are a failure.
    private func readSample(
        _ first: TarHeader, _ tar: TarReader, _ shard: ExportShard, _ format: inout ExportImageFormat?
    ) throws(Failure) {
        let key = sampleKey(checker.count(of: shard.split))
        let formats = format.map { [$0] } ?? ExportImageFormat.allCases
        guard let found = formats.first(where: { first.name == "\(key).\($0.rawValue)" }) else {
            throw Failure(.badInput, "\(shard.name): '\(first.name)' is not the image of the sample \(key)")
        }
        format = found
        let image = try tar.hash()
        let caption = try member("\(key).\(SampleMember.caption)", of: tar, shard)
        let label = try member("\(key).\(SampleMember.label)", of: tar, shard)
        let text = try member("\(key).\(SampleMember.record)", of: tar, shard)
        let source = "\(shard.name), sample \(key)"
        let json: JSONValue
        do {
            json = try JSONValue(parsing: text, source: source)
        } catch {
            return checker.miss(split: shard.split, error.summary)
        }
        guard let record = checker.take(json, split: shard.split, place: key, image: image, source: source)
        else { return }
        if record.caption.map({ $0.utf8.elementsEqual(caption) }) != true {
            checker.differences.add("\(source): the caption is not the record's 'text'")
        }
        if record.label.map({ String($0).utf8.elementsEqual(label) }) != true {
            checker.differences.add("\(source): the label is not the record's 'label'")
        }
    }

    private func member(_ name: String, of tar: TarReader, _ shard: ExportShard) throws(Failure) -> [UInt8] {
        guard let header = try tar.next(), header.name == name else {
            throw Failure(.badInput, "\(shard.name): the member '\(name)' is missing")
        }
        return Array(try tar.bytes(limit: ExportRecord.byteLimit))
    }
}
