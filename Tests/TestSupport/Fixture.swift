import Foundation

/// The committed files under Tests/Fixtures.
public enum Fixture {
    /// Where a file or folder is, by its path under Tests/Fixtures.
    public static func url(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures").appending(path: name)
    }

    /// The bytes of a file.
    public static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url(name))) }
}
