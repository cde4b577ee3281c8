/// Text inside a command line for a POSIX shell.
public enum ShellText {
    /// A word as a shell takes it: `'it'\''s'`, or as it is where nothing in it is special.
    public static func word(_ word: String) -> String {
        let plain = word.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "-_.,:/=@%+".unicodeScalars.contains(scalar)
        }
        guard !plain || word.isEmpty else { return word }
        var result = String.UnicodeScalarView()
        for scalar in word.unicodeScalars {
            result.append(contentsOf: scalar == "'" ? "'\\''".unicodeScalars : String(scalar).unicodeScalars)
        }
        return "'\(String(result))'"
    }
}
