import Diagnostics
import Texts

/// The added tokens of a tokenizer with their ids.
struct AddedVocabulary {
    /// V: one more than the largest id.
    private(set) var vocabularySize: Int
    /// The tokens that are looked for in the text as it is.
    private(set) var rawTokens: [(content: [Unicode.Scalar], id: Int)] = []
    /// The tokens that are looked for in the normalized text.
    private(set) var normalizedTokens: [(content: [Unicode.Scalar], id: Int)] = []
    private var ids: [ExactString: Int] = [:]
    private let source: String

    /// Gives every token its id: that of the vocabulary, or the next one after it.
    ///
    /// Of tokens with the same content the first counts. Throws where a file states another id.
    init(_ tokens: [AddedToken], model: BytePairModel) throws(Failure) {
        source = model.source
        vocabularySize = (model.vocabulary.values.max() ?? -1) + 1
        for token in tokens where ids[ExactString(token.content)] == nil {
            let id = model.vocabulary[ExactString(token.content)] ?? vocabularySize
            if let stated = token.id, stated != id {
                throw Failure(
                    .badInput,
                    "added token '\(token.content)' is stated to have id \(stated), but by \(source) it has \(id)",
                    hint: "Check that vocabulary and added tokens belong together.")
            }
            ids[ExactString(token.content)] = id
            vocabularySize = max(vocabularySize, id + 1)
            let scalars = Array(token.content.unicodeScalars)
            if token.isNormalized {
                normalizedTokens.append((CLIPText.normalize(scalars[...]), id))
            } else {
                rawTokens.append((scalars, id))
            }
        }
    }

    /// The id of one of the tokens.
    func id(of token: AddedToken) throws(Failure) -> Int {
        if let id = ids[ExactString(token.content)] { return id }
        throw Failure(
            .badInput, "\(source) has no token '\(token.content)'", hint: "Check the special tokens' names.")
    }
}
