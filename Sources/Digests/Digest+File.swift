import Diagnostics
import Files

extension Digest {
    /// Hashes a file in pieces of 1 MiB, whatever its size.
    ///
    /// - Parameter path: the file.
    /// - Throws: a failure that names the file where it cannot be opened or read.
    public init(ofFile path: String) throws(Failure) {
        var hash = SHA256()
        try hash.update(InputFile(path))
        self = hash.finalize()
    }
}

extension SHA256 {
    /// Takes in a whole file, in pieces of 1 MiB.
    public mutating func update(_ file: InputFile) throws(Failure) {
        for offset in stride(from: 0, to: file.size, by: 1 << 20) {
            update(try file.bytes(at: offset, count: min(1 << 20, file.size - offset)))
        }
    }
}
