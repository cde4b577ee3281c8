import Foundation

/// How CLIP's tokenizer normalizes a text, and cuts it into the words that byte pairs are merged in.
enum CLIPText {
    /// NFC, every run of white space as one space, lower case.
    static func normalize(_ text: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
        var normalized: [Unicode.Scalar] = []
        normalized.reserveCapacity(text.count)
        var followsSpace = false
        for scalar in composed(text) {
            let isSpace = scalar.properties.isWhitespace
            if !isSpace {
                if scalar.isASCII {
                    normalized.append(scalar.lowercasedASCII)
                } else {
                    normalized += scalar.properties.lowercaseMapping.unicodeScalars
                }
            } else if !followsSpace {
                normalized.append(" ")
            }
            followsSpace = isSpace
        }
        return normalized
    }

    /// The words of a normalized text; white space belongs to none.
    ///
    /// They are the matches of `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+`,
    /// each cut once more by GPT-2's pattern, which splits only the first two.
    static func words(of text: ArraySlice<Unicode.Scalar>) -> [ArraySlice<Unicode.Scalar>] {
        var words: [ArraySlice<Unicode.Scalar>] = []
        var rest = text
        while let first = rest.first {
            if let literal = literals.first(where: rest.starts(with:)) {
                words += [rest.prefix(2), rest.prefix(literal.count - 2).dropFirst(2)]
                words.append(rest.prefix(literal.count).suffix(2))
                rest = rest.dropFirst(literal.count)
                continue
            }
            let kind = first.kind
            let length =
                if first == "'", let ending = contractions.first(where: rest.dropFirst().starts(with:)) {
                    1 + ending.count
                } else if kind == .letter || kind == .other {
                    rest.prefix { $0.kind == kind }.count
                } else {
                    1
                }
            if kind != .space { words.append(rest.prefix(length)) }
            rest = rest.dropFirst(length)
        }
        return words
    }

    private static let literals = ["<|startoftext|>", "<|endoftext|>"].map { Array($0.unicodeScalars) }
    private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.unicodeScalars) }

    /// The canonical composition, by the tables of the `tokenizers` library, which are Unicode 9's.
    ///
    /// To them a later scalar is unassigned: it neither composes nor is reordered, so that what stands on its two
    /// sides can be composed apart. Decomposing first is no detour: composing alone leaves a precomposed Hangul
    /// syllable and the final consonant after it as two.
    private static func composed(_ text: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
        // Below the combining marks every text is composed.
        guard text.contains(where: { $0.value >= 0x300 }) else { return Array(text) }
        var result: [Unicode.Scalar] = []
        var run = String.UnicodeScalarView()
        func compose() {
            let decomposed = String(run).decomposedStringWithCanonicalMapping
            result += decomposed.precomposedStringWithCanonicalMapping.unicodeScalars
            run.removeAll()
        }
        for scalar in text {
            if scalar.isAssigned(inUnicode: 9) {
                run.append(scalar)
            } else {
                compose()
                result.append(scalar)
            }
        }
        compose()
        return result
    }
}

extension Unicode.Scalar {
    fileprivate enum Kind { case space, letter, number, other }

    /// What CLIP's pattern takes the scalar for; its `\p` are those of Unicode 16.
    fileprivate var kind: Kind {
        switch self {
        case "a"..."z", "A"..."Z": return .letter
        case "0"..."9": return .number
        default: break
        }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return isAssigned(inUnicode: 16) ? .letter : .other
        case .decimalNumber, .letterNumber, .otherNumber:
            return isAssigned(inUnicode: 16) ? .number : .other
        default:
            return properties.isWhitespace ? .space : .other
        }
    }

    /// Whether a version of Unicode knew the scalar already.
    fileprivate func isAssigned(inUnicode version: Int) -> Bool {
        guard let age = properties.age else { return false }
        return age <= (version, 0)
    }

    fileprivate var lowercasedASCII: Unicode.Scalar {
        "A"..."Z" ~= self ? Unicode.Scalar(UInt8(value) | 0x20) : self
    }
}
