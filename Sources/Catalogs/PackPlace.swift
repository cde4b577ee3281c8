import Diagnostics
import Files
import Glibc

/// Where a pack lies: in the catalog's folder of packs, under a name that can lead nowhere else.
struct PackPlace {
    /// The file's path.
    let path: String
    /// Whether a link may lie there, because a merge put it there.
    let mayBeLink: Bool

    init(folder: String, name: FileName, mayBeLink: Bool) {
        path = "\(folder)/\(name)"
        self.mayBeLink = mayBeLink
    }

    /// Whether it is the name of a pack: of four digits or more where it was begun, its uid where it was brought by a merge.
    static func isGiven(_ name: FileName) -> Bool {
        name.text.wholeMatch(of: /([0-9]{4,}|[0-9a-f]{32})\.sqlite/) != nil
    }

    /// Whether there is a file, or a link that leads to one.
    var exists: Bool { FileStatus(path) != nil }

    /// Whether a link lies there.
    var isLink: Bool { FileKind(of: path, followingLinks: false) == .link }

    /// The file itself.
    ///
    /// - Throws: missingResource where there is none; catalog where a link lies there that no merge made.
    func resolved() throws(Failure) -> String {
        let target = try Path.resolved(path)
        guard isLink else {
            guard target != nil else { throw missing("the pack \(path) is missing") }
            return path
        }
        guard mayBeLink else {
            throw Failure(
                .catalog, "the pack \(path) is a symbolic link, and no merge made it",
                hint: "Find out where it came from; put the pack itself there, or restore it from a copy.")
        }
        guard let target else {
            throw missing("the pack \(path) is a symbolic link to \(linkTarget), which is gone")
        }
        return target
    }

    private func missing(_ what: String) -> Failure {
        Failure(
            .missingResource, what,
            hint: "Copy the folder of packs along with the catalog, under the same name.")
    }

    private var linkTarget: String {
        var characters = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &characters, characters.count)
        return Path.shown(characters.prefix(max(count, 0)).map { UInt8(bitPattern: $0) })
    }

    /// Says that an SQLite file is shorter than its header tells; nil where it is not.
    static func truncation(of path: String) -> String? {
        guard let file = try? InputFile(path), let header = try? file.bytes(at: 0, count: 32) else {
            return nil
        }
        func number(_ range: Range<Int>) -> Int { header[range].reduce(0) { $0 << 8 | Int($1) } }
        // https://sqlite.org/fileformat.html, section 1.3: a page size of 65,536 is written as 1.
        let pageSize = number(16..<18) == 1 ? 65_536 : number(16..<18)
        let size = pageSize * number(28..<32)
        return file.size < size ? "it was cut off after \(file.size) of its \(size) bytes" : nil
    }
}
