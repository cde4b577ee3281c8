import Diagnostics
import Files

extension JSONValue {
    /// Reads a file that holds one JSON text.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - limit: how many bytes it may have.
    public init(file path: String, limit: Int = 64 << 20) throws(Failure) {
        try self.init(parsing: InputFile(path).bytes(limit: limit), source: path)
    }
}
