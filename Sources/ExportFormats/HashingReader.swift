import Diagnostics
import Digests
import Files

/// A regular file that is read once from front to end, and hashed on the way.
final class HashingReader {
    let path: String
    /// The size that the file had when it was opened.
    let byteCount: Int
    /// How many bytes were taken so far.
    private(set) var position = 0
    private var hash = SHA256()
    private var buffer: [UInt8] = []
    private var bufferStart = 0
    private let file: InputFile
    /// How many bytes of the file are in the buffer, or have been.
    private var filled = 0

    /// Opens a file of a directory, which no link is; a pipe, a device or a directory is refused without waiting for it.
    ///
    /// - Parameter path: its path in the directory, of names that are no links either.
    init(_ path: String, below directory: Folder) throws(Failure) {
        file = try InputFile(path, below: directory)
        self.path = file.path
        byteCount = file.size
    }

    /// How many bytes are left, by the size the file had when it was opened.
    var remaining: Int { byteCount - position }

    /// The digest of everything that was taken so far.
    var digest: Digest { hash.finalize() }

    /// Takes the next bytes, fewer than `count` only where the file ends.
    func read(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        while buffer.count - bufferStart < count, try fill(atLeast: count) {}
        let taken = buffer[bufferStart...].prefix(count)
        advance(taken.count)
        return taken
    }

    /// Takes bytes up to and with the next line feed, or up to the end; nil at the end.
    ///
    /// - Parameter limit: the most bytes a line may have.
    func readLine(limit: Int) throws(Failure) -> ArraySlice<UInt8>? {
        var searched = 0
        while true {
            let unsearched = buffer[(bufferStart + searched)...]
            if let end = unsearched.firstIndex(of: UInt8(ascii: "\n")) {
                return try read(end + 1 - bufferStart).dropLast()
            }
            searched = buffer.count - bufferStart
            guard searched <= limit else {
                throw Failure(.badInput, "\(path) has a line longer than \(limit) bytes")
            }
            guard try fill(atLeast: searched + 1) else {
                return searched == 0 ? nil : try read(searched)
            }
        }
    }

    /// Takes bytes without keeping them and hashes them on their own.
    ///
    /// - Returns: the digest, and how many bytes there were; fewer than `count` only where the file ends.
    func hash(_ count: Int) throws(Failure) -> (digest: Digest, count: Int) {
        var own = SHA256()
        var left = count
        while left > 0 {
            let piece = try read(min(left, 1 << 18))
            guard !piece.isEmpty else { break }
            own.update(piece)
            left -= piece.count
        }
        return (own.finalize(), count - left)
    }

    private func advance(_ count: Int) {
        hash.update(buffer[bufferStart..<bufferStart + count])
        bufferStart += count
        position += count
    }

    /// Reads more of the file; false at its end.
    private func fill(atLeast count: Int) throws(Failure) -> Bool {
        buffer.removeFirst(bufferStart)
        bufferStart = 0
        let count = min(max(1 << 18, count - buffer.count), byteCount - filled)
        guard count > 0 else { return false }
        buffer.append(contentsOf: try file.bytes(at: filled, count: count))
        filled += count
        return true
    }
}
