import Arguments
import Catalogs
import Diagnostics
import Files
import Glibc

/// How paths are written into a catalog: so that they lead to the same files from wherever the catalog lies, and tell
/// nothing of whoever works on it.
///
///     data/cats/1.png                     in the folder of the catalog
///     ../data/cats/1.png                  elsewhere in the user's home folder, where the catalog lies there, too
///     photos:cats/1.png                   in a folder that --root photos=DIR names
///     /usr/share/datasets/mnist           where systems have what they all have
///     unnamed-4d5c30a1f2b3c4d5:cats/1.png anywhere else; the digits are the pseudonym of the folder
///
/// With --record-host they are written out in full.
public struct RecordedPaths {
    /// The folder of the catalog, as it was typed and with links resolved.
    private let folders: [String]
    private let roots: [RootFolder]
    private let home: String?
    private let isWhole: Bool

    /// - Parameters:
    ///   - catalog: the path of the catalog.
    ///   - home: the user's home folder.
    init(catalog: String, roots: [RootFolder], home: String?, isWhole: Bool) throws(Failure) {
        let typed = try Path.absolute(Path.split(catalog).folder)
        folders = [typed, try Path.resolved(typed) ?? typed]
        self.roots = roots
        self.home = home.flatMap { Path.names(of: $0).isEmpty ? nil : $0 }
        self.isWhole = isWhole
    }

    /// Those of a command's arguments.
    public init(_ arguments: ParsedArguments) throws(Failure) {
        try self.init(
            catalog: CommonArguments.catalogPath(arguments), roots: arguments[CommonArguments.root],
            home: Program.variable("HOME"), isWhole: arguments[CommonArguments.recordHost])
    }

    /// What is recorded for a path; a starter model's name is none.
    public func recorded(_ path: String) throws(Failure) -> String {
        if path.utf8.starts(with: "starter:".utf8) { return path }
        let absolute = try Path.absolute(path)
        if isWhole { return absolute }
        for root in roots {
            if let names = Path.names(of: absolute, below: try Path.absolute(root.folder)) {
                return "\(root.name):\(names.joined(separator: "/"))"
            }
        }
        for folder in folders {
            if let names = Path.names(of: absolute, below: folder) { return Self.relative(names) }
        }
        let names = Path.names(of: absolute)
        if names.first == "usr" { return absolute }
        if let home, let inner = Path.names(of: absolute, below: home),
            let own = folders.lazy.compactMap({ Path.names(of: $0, below: home) }).first
        {
            let shared = zip(inner, own).prefix { $0.utf8.elementsEqual($1.utf8) }.count
            return Self.relative(own.dropFirst(shared).map { _ in ".." } + inner.dropFirst(shared))
        }
        return "unnamed-\(Pseudonym.of(Path.split(absolute).folder)):\(names.last ?? "")"
    }

    /// What is recorded for a path below a folder, of which it is known what is recorded.
    public static func join(_ folder: String, _ path: String) -> String {
        if folder == "." { return path }
        return folder.utf8.last == UInt8(ascii: ":") ? folder + path : "\(folder)/\(path)"
    }

    /// The places at which a recorded path may be today, none where its root is not known.
    ///
    /// Catalogs of earlier versions have paths in full, or from the folder in which somebody worked.
    public func places(of recorded: String) -> [String] {
        for root in roots where recorded.utf8.starts(with: "\(root.name):".utf8) {
            return ["\(root.folder)/\(recorded.dropFirst(root.name.count + 1))"]
        }
        return recorded.utf8.first == UInt8(ascii: "/")
            ? [recorded] : ["\(folders[0])/\(recorded)", recorded]
    }

    private static func relative(_ names: [String]) -> String {
        guard let first = names.first else { return "." }
        // What has a colon in its first name would be taken for a path in a root.
        return (first.utf8.contains(UInt8(ascii: ":")) ? "./" : "") + names.joined(separator: "/")
    }
}

/// A folder that has a name in the catalog: photos=/data/photos.
public struct RootFolder: Hashable, Sendable {
    let name: String
    let folder: String

    /// How one is typed; its name alone is recorded.
    static let format = ValueFormat<RootFolder>(
        placeholder: "NAME=DIR",
        expectation: "a name of lower-case letters, digits and - for a folder: NAME=DIR",
        read: { word in
            let parts = word.utf8.split(
                separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
                parts[0].allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
                ),
                !parts[0].starts(with: "unnamed-".utf8), !parts[0].elementsEqual("starter".utf8)
            else { return nil }
            return RootFolder(
                name: String(decoding: parts[0], as: UTF8.self),
                folder: String(decoding: parts[1], as: UTF8.self))
        },
        json: { .string($0.name) })
}
