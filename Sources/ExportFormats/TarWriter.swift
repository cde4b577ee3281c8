import Diagnostics
import Digests

/// Writes a ustar archive of regular files that depends on nothing but their names and bytes.
struct TarWriter {
    private let file: OutputFile

    /// Begins an archive in a new file.
    init(_ file: OutputFile) { self.file = file }

    /// The archive's size so far, without the two blocks that end it.
    var byteCount: Int { file.byteCount }

    /// The bytes that a member of `byteCount` bytes takes.
    static func size(ofMember byteCount: Int) -> Int {
        TarHeader.blockSize + byteCount + TarHeader.padding(after: byteCount)
    }

    /// Appends a member with a name of at most 100 bytes.
    func append(_ name: String, _ bytes: [UInt8]) throws(Failure) {
        try file.write(TarHeader(name: name, byteCount: bytes.count).bytes)
        try file.write(bytes)
        try file.write([UInt8](repeating: 0, count: TarHeader.padding(after: bytes.count)))
    }

    /// Ends the archive with two blocks of zeros and closes it when the disk has it.
    func close() throws(Failure) -> (byteCount: Int, sha256: Digest) {
        try file.write([UInt8](repeating: 0, count: 2 * TarHeader.blockSize))
        return (file.byteCount, try file.close(durably: true))
    }
}
