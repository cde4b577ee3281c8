import Diagnostics
import Digests
import Glibc

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
    private let descriptor: Int32

    /// Opens the file; a pipe, a device or a directory is refused without waiting for it.
    init(_ path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system("read", path, errno) }
        var status = stat()
        let known = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        byteCount = known ? Int(status.st_size) : 0
        guard known else {
            throw Failure(.badInput, "\(path) is not a regular file", hint: "Put the file itself there.")
        }
    }

    deinit { close(descriptor) }

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
        var piece = [UInt8](repeating: 0, count: max(min(1 << 18, remaining + 1), count - buffer.count))
        while true {
            let got = Glibc.read(descriptor, &piece, piece.count)
            if got >= 0 {
                buffer.append(contentsOf: piece[..<got])
                return got > 0
            }
            guard errno == EINTR else { throw .system("read", path, errno) }
        }
    }
}
