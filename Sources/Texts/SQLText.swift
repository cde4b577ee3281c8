/// Text inside an SQL statement, where it cannot be bound as a value.
public enum SQLText {
    /// A text as an SQL literal: `'it''s'`.
    ///
    /// It goes by scalars, as SQLite's parser does: a quote that carries a combining mark is a quote.
    public static func literal(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "'" { result.append(scalar) }
            result.append(scalar)
        }
        return "'\(String(result))'"
    }
}
