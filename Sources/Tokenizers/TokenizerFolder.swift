import Diagnostics
import Files
import Foundation
import JSONValues

/// The folder of a tokenizer, and the files in it.
struct TokenizerFolder {
    let url: URL

    /// No tokenizer's file comes near this size, in bytes.
    private static let largest = 64 << 20

    /// The path of a file, for messages.
    func path(_ name: String) -> String { "\(url.path)/\(name)" }

    /// The bytes of a file, nil where there is none.
    func bytes(_ name: String) throws(Failure) -> [UInt8]? {
        guard FileKind(of: path(name), followingLinks: true) != nil else { return nil }
        return try InputFile(path(name)).bytes(limit: Self.largest)
    }

    /// The value in a JSON file, nil where there is no file.
    func json(_ name: String) throws(Failure) -> JSONValue? {
        guard let bytes = try bytes(name) else { return nil }
        return try JSONValue(parsing: bytes, source: path(name))
    }
}
