import Foundation

/// What a directory holds, for comparing two of them.
enum DirectoryContents {
    /// Every file below a directory: its path there, and its bytes.
    static func files(_ directory: String) throws -> [String: Data] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: directory)
        var files: [String: Data] = [:]
        for path in paths {
            var isDirectory: ObjCBool = false
            let whole = "\(directory)/\(path)"
            guard FileManager.default.fileExists(atPath: whole, isDirectory: &isDirectory),
                !isDirectory.boolValue
            else { continue }
            files[path] = try Data(contentsOf: URL(filePath: whole))
        }
        return files
    }

    /// The names in a directory, sorted.
    static func names(_ directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    }
}
