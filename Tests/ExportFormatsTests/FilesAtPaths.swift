import Diagnostics
import Files

@testable import ExportFormats

extension TarReader {
    /// Opens an archive wherever it lies.
    convenience init(at path: String) throws(Failure) {
        let (folder, name) = Path.split(path)
        try self.init(name, below: Folder(folder))
    }
}

extension OutputFile {
    /// Creates a file wherever it is to lie, in place of one that is there.
    convenience init(at path: String) throws(Failure) {
        let (folder, text) = Path.split(path)
        let (parent, name) = (
            try Folder(folder), try FileName(text, of: "a file", hint: "Give the path of a file.")
        )
        parent.remove(name)
        try self.init(name, in: parent)
    }
}
