import Diagnostics
import Glibc

/// Paths as texts, taken apart by bytes, as the kernel does.
public enum Path {
    /// The folder and the last name of a path; slashes at its end do not count.
    ///
    /// The folder is `.` where the path has one name, `/` where it lies at the root; the name is empty for `/`.
    public static func split(_ path: String) -> (folder: String, name: String) {
        let slash = UInt8(ascii: "/")
        var bytes = Array(path.utf8)[...]
        while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
        guard let end = bytes.lastIndex(of: slash) else {
            return (".", String(decoding: bytes, as: UTF8.self))
        }
        let name = String(decoding: bytes[(end + 1)...], as: UTF8.self)
        var folder = bytes[..<end]
        while folder.last == slash { folder.removeLast() }
        return (folder.isEmpty ? "/" : String(decoding: folder, as: UTF8.self), name)
    }

    /// The last name of a path without its ending: `animals` of `lists/animals.csv`, `.list` of `.list`.
    public static func stem(of path: String) -> String {
        let name = Array(split(path).name.utf8)
        guard let point = name.lastIndex(of: UInt8(ascii: ".")), point > 0 else {
            return String(decoding: name, as: UTF8.self)
        }
        return String(decoding: name[..<point], as: UTF8.self)
    }

    /// The names that a path consists of, without empty ones and `.`.
    public static func names(of path: String) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }.filter {
            $0 != "."
        }
    }

    /// The path with all links resolved.
    ///
    /// - Returns: nil where there is nothing; `errno` says why.
    /// - Throws: io where a folder on the way has a name that is not UTF-8.
    public static func resolved(_ path: String) throws(Failure) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return try text(resolved, of: path)
    }

    /// The current folder.
    private static func current() throws(Failure) -> String {
        guard let folder = getcwd(nil, 0) else { throw .system("read", "the current folder", errno) }
        defer { free(folder) }
        return try text(folder, of: "the current folder")
    }

    private static func text(_ bytes: UnsafePointer<CChar>, of path: String) throws(Failure) -> String {
        guard let text = String(validatingCString: bytes) else {
            throw Failure(
                .io, "\(path) lies in a folder whose name is not UTF-8: \(shown(bytes))",
                hint: "Rename the folder, or move what you need out of it.")
        }
        return text
    }

    /// The path from the root: what is not there is not resolved, `.`, `..` and doubled slashes are taken out.
    ///
    /// - Throws: io where the current folder's path is not UTF-8, or is no more.
    public static func absolute(_ path: String) throws(Failure) -> String {
        var names: [String] = []
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        for name in self.names(of: isAbsolute ? path : try current() + "/" + path) {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }

    /// The names by which an absolute path leads on from an absolute folder; nil where it does not lie in it.
    public static func names(of path: String, below folder: String) -> [String]? {
        let (own, above) = (names(of: path), names(of: folder))
        guard own.count >= above.count,
            zip(own, above).allSatisfy({ $0.utf8.elementsEqual($1.utf8) })
        else { return nil }
        return Array(own.dropFirst(above.count))
    }

    /// A message with only the last name of every absolute path in it: `cannot read …/cats/1.png`.
    ///
    /// What is recorded for ever need not tell in whose folder somebody works.
    public static func withoutFolders(in text: String) -> String {
        let openers = Array(" '\"(=\n".utf8)
        let closers = openers + Array(",:;)".utf8)
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            let isPath = byte == UInt8(ascii: "/") && (result.last.map { openers.contains($0) } ?? true)
            let word = isPath ? rest.prefix { !closers.contains($0) } : rest.prefix(1)
            if let slash = word.lastIndex(of: byte), slash > word.startIndex {
                result += Array("…".utf8) + word[slash...]
            } else {
                result += word
            }
            rest = rest[word.endIndex...]
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Bytes of C that are no text, those past ASCII spelled out: `caf\xe9.png`.
    public static func shown(_ bytes: UnsafePointer<CChar>) -> String {
        shown((0..<strlen(bytes)).map { UInt8(bitPattern: bytes[$0]) })
    }

    /// Bytes that are no text, those past ASCII spelled out: `caf\xe9.png`.
    public static func shown(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            (0x20..<0x7F).contains(byte)
                ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
