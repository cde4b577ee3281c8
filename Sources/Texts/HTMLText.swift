/// Text inside a page of HTML.
public enum HTMLText {
    /// A text as HTML has it, in elements and in quoted attributes.
    ///
    /// It goes by scalars: a mark that combines with a quote or an angle bracket would hide that from a look at
    /// characters, and no browser takes the two for one.
    public static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
