import Diagnostics
import Foundation

/// Files that people give us to read.
public enum InputFile {
    /// All bytes of a file of at most `limit` bytes.
    ///
    /// - Throws: missingResource where there is none; io where it cannot be read; badInput where it is too large.
    public static func bytes(at path: String, limit: Int = 1 << 30) throws(Failure) -> [UInt8] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Failure(.missingResource, "there is no file \(path)", hint: "Check the path.")
        }
        guard !isFolder.boolValue else {
            throw Failure(.badInput, "\(path) is a folder, not a file", hint: "Name a file in it.")
        }
        do {
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
            guard size <= limit else {
                throw Failure(
                    .badInput,
                    "\(path) has \(size) bytes, more than the \(limit) that are read of such a file",
                    hint: "Check that it is the right file.")
            }
            return [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .io, "cannot read \(path): \(error.localizedDescription)", hint: "Check its permissions.")
        }
    }
}
