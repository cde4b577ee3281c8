import Diagnostics
import Digests
import Files

/// Reads a ustar archive of regular files from front to end, trusting nothing in it.
///
/// A wrong checksum, a size beyond the file, a link, a missing end: each is a failure that names the archive and
/// the byte. The archive's own digest comes along, so that one pass checks both.
final class TarReader {
    private let file: HashingReader
    private var unread = 0
    private var padding = 0

    /// Opens an archive of a directory.
    init(_ path: String, below directory: Folder) throws(Failure) {
        file = try HashingReader(path, below: directory)
    }

    /// The archive's size.
    var byteCount: Int { file.byteCount }

    /// Steps to the next member, past what was not read of the last; nil at the archive's end.
    func next() throws(Failure) -> TarHeader? {
        try pass(unread + padding)
        (unread, padding) = (0, 0)
        let source = "\(file.path), byte \(file.position)"
        let block = Array(try whole(TarHeader.blockSize))
        if block.allSatisfy({ $0 == 0 }) {
            try end()
            return nil
        }
        let header = try TarHeader(block, source: source)
        padding = TarHeader.padding(after: header.byteCount)
        guard header.byteCount + padding <= file.remaining else {
            throw damage("member '\(header.name)' goes on beyond the end of the file")
        }
        unread = header.byteCount
        return header
    }

    /// The bytes of the member at hand.
    ///
    /// - Parameter limit: the most bytes that it may have.
    func bytes(limit: Int) throws(Failure) -> ArraySlice<UInt8> {
        guard unread <= limit else { throw damage("a member has \(unread) bytes, more than \(limit)") }
        defer { unread = 0 }
        return try whole(unread)
    }

    /// The digest of the bytes of the member at hand, whatever their number.
    func hash() throws(Failure) -> Digest {
        let (digest, count) = try file.hash(unread)
        guard count == unread else { throw damage("the file ends too early") }
        unread = 0
        return digest
    }

    /// The digest of the whole archive, read to its end from wherever the reader stands.
    func digest() throws(Failure) -> Digest {
        _ = try file.hash(file.remaining)
        return file.digest
    }

    private func pass(_ count: Int) throws(Failure) {
        guard try file.hash(count).count == count else { throw damage("the file ends too early") }
    }

    private func whole(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        let bytes = try file.read(count)
        guard bytes.count == count else { throw damage("the file ends too early") }
        return bytes
    }

    /// The first block of zeros was read: a second must follow, and nothing but zeros after it.
    private func end() throws(Failure) {
        guard try whole(TarHeader.blockSize).allSatisfy({ $0 == 0 }) else {
            throw damage("an empty block stands between members")
        }
        while file.remaining > 0 {
            let rest = try file.read(TarHeader.blockSize)
            guard !rest.isEmpty, rest.allSatisfy({ $0 == 0 }) else {
                throw damage("something follows the end of the archive")
            }
        }
    }

    private func damage(_ what: String) -> Failure {
        Failure(
            .badInput, "\(file.path), byte \(file.position): \(what)",
            hint: "The archive is truncated or altered; export it again.")
    }
}
