import Diagnostics
import Digests
import Files

/// A new file of a folder that nobody else knows yet, hashed while it is written.
final class OutputFile {
    private(set) var byteCount = 0
    private var hash = SHA256()
    private var pending: [UInt8] = []
    private let file: NewFile

    /// Creates the file.
    init(_ name: FileName, in folder: Folder) throws(Failure) {
        file = try NewFile(name, in: folder, isAlone: true)
    }

    /// Appends bytes.
    func write(_ bytes: [UInt8]) throws(Failure) {
        byteCount += bytes.count
        pending.append(contentsOf: bytes)
        if pending.count >= 1 << 18 { try flush() }
    }

    /// Writes what is pending and closes the file.
    ///
    /// - Parameter durably: whether to wait until the disk has it.
    /// - Returns: the digest of the whole file.
    @discardableResult
    func close(durably: Bool) throws(Failure) -> Digest {
        try flush()
        try file.finish(durably: durably)
        return hash.finalize()
    }

    private func flush() throws(Failure) {
        hash.update(pending)
        try file.write(pending)
        pending.removeAll(keepingCapacity: true)
    }
}
