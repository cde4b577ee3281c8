/// Finds added tokens in a text: the leftmost, and of those that begin at one place the longest.
struct TokenMatcher: Sendable {
    /// A stretch of a text.
    enum Part {
        /// An added token, by its id.
        case token(Int)
        /// What stands before, between or after them.
        case text(ArraySlice<Unicode.Scalar>)
    }

    private typealias Token = (content: [Unicode.Scalar], id: Int)
    private let tokensByFirst: [Unicode.Scalar: [Token]]

    /// Makes a matcher of tokens by their content, none of it empty.
    init(_ tokens: [(content: [Unicode.Scalar], id: Int)]) {
        let longestFirst = tokens.sorted { $0.content.count > $1.content.count }
        tokensByFirst = Dictionary(grouping: longestFirst) { $0.content[0] }
    }

    /// Cuts a text at every token in it; there are no empty parts.
    func split(_ text: [Unicode.Scalar]) -> [Part] {
        var parts: [Part] = []
        var rest = text[...]
        var position = 0
        while position < text.count {
            guard let token = token(at: position, of: text) else {
                position += 1
                continue
            }
            if position > rest.startIndex { parts.append(.text(rest[..<position])) }
            parts.append(.token(token.id))
            position += token.content.count
            rest = text[position...]
        }
        if !rest.isEmpty { parts.append(.text(rest)) }
        return parts
    }

    private func token(at position: Int, of text: [Unicode.Scalar]) -> Token? {
        tokensByFirst[text[position]]?.first { text[position...].starts(with: $0.content) }
    }
}
