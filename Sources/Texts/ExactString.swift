/// A string as a key: the same only where every byte is the same.
///
/// To Swift, and to a dictionary of strings, é is the same as e with an accent after it. To JSON, to SQLite, to a
/// tokenizer and to the file system they are two.
public struct ExactString: Hashable, Sendable {
    private let text: String

    /// Takes a string.
    public init(_ text: String) { self.text = text }

    /// Whether the bytes are the same.
    public static func == (left: ExactString, right: ExactString) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
