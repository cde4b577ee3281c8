import Diagnostics
import Glibc

/// Paths as texts. They are taken apart by bytes, as the kernel does.
public enum Path {
    /// The folder and the last name of a path; slashes at its end do not count.
    ///
    /// The folder is `.` where the path has one name, `/` where it lies at the root; the name is empty for `/`.
    public static func split(_ path: String) -> (folder: String, name: String) {
        let slash = UInt8(ascii: "/")
        var bytes = Array(path.utf8)[...]
        while bytes.count > 1, bytes.last == slash { bytes.removeLast() }
        guard let end = bytes.lastIndex(of: slash) else { return (".", String(decoding: bytes, as: UTF8.self)) }
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
        path.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }.filter { $0 != "." }
    }

    /// The path with all links resolved.
    ///
    /// - Returns: nil where there is nothing; `errno` says why.
    /// - Throws: io where a folder on the way has a name that is not UTF-8.
    public static func resolved(_ path: String) throws(Failure) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        guard let text = String(validatingCString: resolved) else {
            throw Failure(
                .io, "\(path) lies in a folder whose name is not UTF-8: \(shown(Array(String(cString: resolved).utf8)))",
                hint: "Rename the folder, or move what you need out of it.")
        }
        return text
    }

    /// The path from the root: what is not there is not resolved, `.`, `..` and doubled slashes are taken out.
    public static func absolute(_ path: String) -> String {
        var names: [String] = []
        var whole = path
        if path.utf8.first != UInt8(ascii: "/"), let here = getcwd(nil, 0) {
            defer { free(here) }
            whole = String(cString: here) + "/" + path
        }
        for name in self.names(of: whole) {
            if name == ".." { _ = names.popLast() } else { names.append(name) }
        }
        return "/" + names.joined(separator: "/")
    }

    /// The names by which a path leads on from a folder; nil where it does not lie in it. Both are absolute.
    public static func names(of path: String, below folder: String) -> [String]? {
        let (own, above) = (names(of: path), names(of: folder))
        guard own.count >= above.count,
            zip(own, above).allSatisfy({ $0.utf8.elementsEqual($1.utf8) })
        else { return nil }
        return Array(own.dropFirst(above.count))
    }

    /// Bytes that are no text, those past ASCII spelled out: `caf\xe9.png`.
    public static func shown(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            (0x20..<0x7F).contains(byte)
                ? String(UnicodeScalar(byte)) : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
