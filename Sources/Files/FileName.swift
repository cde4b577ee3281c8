import Diagnostics
import Texts

/// The name of one file or folder: nothing that could lead anywhere but into the folder that it is looked up in.
///
/// Names that come from a row, a manifest, an index or an archive become part of a path in this form only.
public struct FileName: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// Takes a text that can be a name; nil where it is empty, longer than 255 bytes, `.` or `..`, or holds a slash or
    /// a control character.
    ///
    /// It goes by bytes, as the kernel does: a slash that carries a combining mark is a slash.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard (1...255).contains(bytes.count), !bytes.elementsEqual(".".utf8),
            !bytes.elementsEqual("..".utf8),
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") })
        else { return nil }
        self.text = text
    }

    /// The same; what is no name is refused in words.
    ///
    /// - Parameters:
    ///   - what: what the name is of, such as "the pack".
    ///   - kind: the kind of the failure.
    ///   - hint: what to do about it.
    public init(
        _ text: String, of what: @autoclosure () -> String, kind: Failure.Kind = .catalog, hint: String
    ) throws(Failure) {
        guard let name = FileName(text) else {
            throw Failure(kind, "\(what()) is called '\(text)', which cannot be a file's name", hint: hint)
        }
        self = name
    }

    /// The name.
    public var description: String { text }

    /// Whether the bytes are the same: of two spellings of é the kernel knows two files.
    public static func == (left: FileName, right: FileName) -> Bool {
        ExactString(left.text) == ExactString(right.text)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) { hasher.combine(ExactString(text)) }
}
