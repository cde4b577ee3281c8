import Diagnostics
import Files
import ImageCodecs

extension IDXFile {
    /// Reads a file of at most 1 GiB, plain or gzip.
    ///
    /// - Throws: missingResource where there is none; io where it cannot be read; badInput as `init(parsing:)`.
    init(contentsOf path: String) throws(Failure) {
        try self.init(parsing: InputFile(path).bytes(limit: 1 << 30), name: path)
    }
}
