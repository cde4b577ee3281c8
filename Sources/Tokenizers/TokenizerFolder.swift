import Diagnostics
import Foundation
import JSONValues

/// The folder of a tokenizer, and the files in it.
struct TokenizerFolder {
    let url: URL

    /// No tokenizer's file comes near this size, in bytes.
    private static let largest = 256 << 20

    /// The path of a file, for messages.
    func path(_ name: String) -> String { url.appending(path: name).path }

    /// The bytes of a file, nil where there is none.
    func bytes(_ name: String) throws(Failure) -> [UInt8]? {
        let path = path(name)
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            guard size <= Self.largest else {
                throw Failure(
                    .badInput, "\(path) has \(size) bytes, more than any tokenizer's file",
                    hint: "Check that it is the right file.")
            }
            return Array(try Data(contentsOf: URL(filePath: path)))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .io, "\(path) cannot be read: \(error.localizedDescription)", hint: "Check its permissions.")
        }
    }

    /// The value in a JSON file, nil where there is no file.
    func json(_ name: String) throws(Failure) -> JSONValue? {
        guard let bytes = try bytes(name) else { return nil }
        return try JSONValue(parsing: bytes, source: path(name))
    }
}
